"""Completes the OpenAPI document: routes that FastAPI does not serve, and who may call."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from notion_gateway.http.refusals import PROBLEM, RPC_ERROR


def describe(api: FastAPI, more_paths: Mapping[str, Any]) -> None:
    """Lets ``api.openapi()``, and so ``/openapi.json``, answer the whole document."""
    own = api.openapi

    def whole() -> dict[str, Any]:
        document = own()
        complete(document, more_paths)
        return document

    api.openapi = whole


def complete(document: dict[str, Any], more_paths: Mapping[str, Any]) -> None:
    """Adds what is missing, in place; a second time changes nothing."""
    paths: dict[str, Any] = document["paths"]
    paths.update(more_paths)
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
