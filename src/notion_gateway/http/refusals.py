"""What a route may answer besides what it was asked for, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from notion_gateway.http.problems import STATUS
from notion_gateway.kernel.errors import Reason

PROBLEM: Mapping[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. `reason` is of a closed list, so clients may switch on it.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "reason": {"type": "string", "enum": [reason.value for reason in Reason]},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "reason", "detail", "request_id"],
}
RPC_ERROR: Mapping[str, Any] = {
    "title": "RpcError",
    "description": "A JSON-RPC error response of the gateway's own.",
    "type": "object",
    "properties": {
        "jsonrpc": {"type": "string", "const": "2.0"},
        "id": {"type": ["string", "integer", "null"]},
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "integer", "const": -32010},
                "message": {"type": "string"},
                "data": {
                    "type": "object",
                    "properties": {
                        "reason": {"type": "string", "enum": [reason.value for reason in Reason]},
                        "request_id": {"type": "string"},
                        "retry_after_seconds": {"type": "integer"},
                    },
                    "required": ["reason", "request_id"],
                },
            },
            "required": ["code", "message", "data"],
        },
    },
    "required": ["jsonrpc", "id", "error"],
}

AT_THE_GATE = (
    Reason.HOST_NOT_ALLOWED,
    Reason.ORIGIN_NOT_ALLOWED,
    Reason.GATEWAY_STOPPING,
    Reason.INTERNAL,
)


def refusals(*reasons: Reason, form: str = "Problem") -> dict[int | str, dict[str, Any]]:
    """One response for each status that these reasons have, as FastAPI's ``responses``.

    ``form`` names the schema, Problem or RpcError.
    """
    media = "application/json" if form == "RpcError" else "application/problem+json"
    by_status: dict[int | str, list[str]] = {}
    for reason in dict.fromkeys(reasons):
        by_status.setdefault(int(STATUS[reason]), []).append(f"`{reason}`")
    return {
        status: {
            "description": ", ".join(named),
            "content": {media: {"schema": {"$ref": f"#/components/schemas/{form}"}}},
        }
        for status, named in sorted(by_status.items(), key=lambda one: int(one[0]))
    }
