"""The proxy in the OpenAPI document: FastAPI does not serve it."""

from typing import Any

from notion_gateway.access.dependencies import OF_SPACES
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import Reason

_PROXY_REASONS = (
    *(one for one in OF_SPACES if one is not Reason.TOKEN_NOT_ALLOWED),
    Reason.SPACE_REQUIRED,
    Reason.TOOL_NOT_ALLOWED,
    Reason.BLOCKED_BY_POLICY,
    Reason.APPROVAL_REQUIRED,
    Reason.CALL_UNCLEAR,
    Reason.POLICY_UNREADABLE,
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


def _proxy(name: str, space: dict[str, Any]) -> dict[str, Any]:
    refused = {
        str(status): answer for status, answer in refusals(*_PROXY_REASONS, form="RpcError").items()
    }
    itself = " Without a connection the gateway answers itself." if name == "space" else ""
    return {
        method: {
            "tags": ["proxy"],
            "summary": summary,
            "description": f"Notion's answer comes back as it is, whatever its status.{itself}",
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


def paths() -> dict[str, Any]:
    return {
        "/mcp/notion/proxy": _proxy("proxy", _HEADER_SPACE),
        "/mcp/notion/{space_id}": _proxy("space", _PATH_SPACE),
    }
