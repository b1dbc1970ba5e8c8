"""Completes the OpenAPI document: the proxy, which FastAPI does not serve, and who may call."""

from typing import Any

from fastapi import FastAPI

from notion_gateway.http.answers import OF_SPACES, PROBLEM, RPC_ERROR, refusals
from notion_gateway.kernel.errors import Reason

_PROXY_REASONS = (
    *OF_SPACES,
    Reason.SPACE_REQUIRED,
    Reason.TOOL_NOT_ALLOWED,
    Reason.SESSION_UNKNOWN,
    Reason.REQUEST_TOO_LARGE,
    Reason.REQUEST_TIMEOUT,
    Reason.NOT_CONNECTED,
    Reason.RECONNECT_REQUIRED,
    Reason.REFRESH_UNAVAILABLE,
    Reason.UPSTREAM_UNREACHABLE,
    Reason.UPSTREAM_TIMEOUT,
    Reason.UPSTREAM_UNAUTHORIZED,
    Reason.UPSTREAM_UNSUITABLE,
    Reason.SECRET_UNREADABLE,
)
_METHODS = {
    "post": "An MCP message to Notion, with the space's token.",
    "get": "Listens to what Notion's MCP server says by itself.",
    "delete": "Ends an MCP session.",
}
_PATH_SPACE = {
    "name": "space_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "title": "Space Id"},
}
_HEADER_SPACE = {
    "name": "X-Space-ID",
    "in": "header",
    "required": False,
    "description": "The space, where the principal is not for one.",
    "schema": {"type": "string"},
}


def describe(api: FastAPI) -> None:
    """Lets ``api.openapi()``, and so ``/openapi.json``, answer the whole document."""
    own = api.openapi

    def whole() -> dict[str, Any]:
        document = own()
        complete(document)
        return document

    api.openapi = whole


def complete(document: dict[str, Any]) -> None:
    """Adds what is missing, in place; a second time changes nothing."""
    paths: dict[str, Any] = document["paths"]
    paths["/mcp/notion/proxy"] = _proxy("proxy", _HEADER_SPACE)
    paths["/mcp/notion/{space_id}"] = _proxy("space", _PATH_SPACE)
    components: dict[str, Any] = document.setdefault("components", {})
    components["schemas"] = {
        **components.get("schemas", {}),
        "Problem": dict(PROBLEM),
        "RpcError": dict(RPC_ERROR),
    }
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A signed principal, an access token of the configured OpenID issuer,"
            " or a gateway token.",
        }
    }
    for path in paths.values():
        for operation in path.values():
            if "401" in operation["responses"]:  # where a caller has to show who they are
                operation["security"] = [{"bearer": []}]


def _proxy(name: str, space: dict[str, Any]) -> dict[str, Any]:
    refused = {
        str(status): answer for status, answer in refusals(*_PROXY_REASONS, form="RpcError").items()
    }
    if name == "space":  # what expects no answer gets none
        unavailable = refused["503"]
        refused["503"] = {"description": f"{unavailable['description']}; or not connected"}
    return {
        method: {
            "tags": ["proxy"],
            "summary": summary,
            "description": "Notion's answer comes back as it is, whatever its status.",
            "operationId": f"mcp_{name}_{method}",
            "parameters": [space],
            **({"requestBody": _MESSAGE} if method == "post" else {}),
            "responses": {
                **refused,
                "default": {"description": "What Notion answers."},
            },
        }
        for method, summary in _METHODS.items()
    }


_MESSAGE = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}},
}
