"""The one place where inner errors become what a client sees: a status and a reason code."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog

from notion_gateway.kernel.errors import GatewayError, Reason

log = structlog.stdlib.get_logger()

STATUS: Mapping[Reason, HTTPStatus] = {
    Reason.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Reason.SIGN_IN_REVOKED: HTTPStatus.UNAUTHORIZED,
    Reason.PRINCIPAL_MISMATCH: HTTPStatus.FORBIDDEN,
    Reason.PRINCIPAL_REPLAYED: HTTPStatus.UNAUTHORIZED,
    Reason.SPACE_REQUIRED: HTTPStatus.FORBIDDEN,
    Reason.SPACE_NOT_ACCESSIBLE: HTTPStatus.FORBIDDEN,
    Reason.SPACE_DELETED: HTTPStatus.GONE,
    Reason.OWNER_REQUIRED: HTTPStatus.FORBIDDEN,
    Reason.LAST_OWNER: HTTPStatus.CONFLICT,
    Reason.TOKEN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Reason.TOOL_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Reason.BLOCKED_BY_POLICY: HTTPStatus.FORBIDDEN,
    Reason.APPROVAL_REQUIRED: HTTPStatus.FORBIDDEN,
    Reason.CALL_UNCLEAR: HTTPStatus.FORBIDDEN,
    Reason.POLICY_UNREADABLE: HTTPStatus.FORBIDDEN,
    Reason.POLICY_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.POLICY_CHANGED: HTTPStatus.CONFLICT,
    Reason.APPROVAL_DECIDED: HTTPStatus.CONFLICT,
    Reason.SESSION_UNKNOWN: HTTPStatus.NOT_FOUND,
    Reason.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.BUDGET_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.IDENTITY_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.ORIGIN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Reason.HOST_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Reason.INVALID_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.INVALID_RETURN_PATH: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.REQUEST_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.REQUEST_TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Reason.ADDRESS_NOT_ALLOWED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.WEBHOOK_UNKNOWN: HTTPStatus.NOT_FOUND,
    Reason.CONVERSATION_UNKNOWN: HTTPStatus.NOT_FOUND,
    Reason.SHARE_UNKNOWN: HTTPStatus.NOT_FOUND,
    Reason.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Reason.NOT_CONNECTED: HTTPStatus.UNAUTHORIZED,
    Reason.RECONNECT_REQUIRED: HTTPStatus.UNAUTHORIZED,
    Reason.CONNECT_YOUR_OWN: HTTPStatus.UNAUTHORIZED,
    Reason.OWN_NOT_USED: HTTPStatus.CONFLICT,
    Reason.SERVICE_TOKEN_NOT_SERVED: HTTPStatus.FORBIDDEN,
    Reason.REFRESH_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.UPSTREAM_UNREACHABLE: HTTPStatus.BAD_GATEWAY,
    Reason.UPSTREAM_TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    Reason.UPSTREAM_UNAUTHORIZED: HTTPStatus.BAD_GATEWAY,
    Reason.UPSTREAM_UNSUITABLE: HTTPStatus.BAD_GATEWAY,
    Reason.GATEWAY_STOPPING: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.STORE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.AUDIT_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.HISTORY_UNREADABLE: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.SECRET_UNREADABLE: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""400, 404 and 405 mean something of their own to an MCP client ("old server, fall back",
"initialize again", "no stream here"), so nothing that can happen to its calls maps to them, but
where that is meant: a session that is not the caller's is 404, a method that MCP does not have
is 405."""

JSON_RPC_CODE = -32010
"""Within JSON-RPC's range for servers, outside of what MCP has claimed."""

_DEFAULT_RETRY_SECONDS = 1


def problem(fault: GatewayError, request_id: str) -> tuple[HTTPStatus, dict[str, str], bytes]:
    """Status, headers and body in the form of RFC 9457, for the gateway's own routes."""
    status = STATUS[fault.reason]
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "reason": fault.reason,
        "detail": str(fault),
        "request_id": request_id,
    }
    headers = {"content-type": "application/problem+json", **_retry_after(fault, status)}
    return status, headers, json.dumps(document).encode()


def rpc_error(
    fault: GatewayError, request_id: str, call_id: str | int | None
) -> tuple[HTTPStatus, dict[str, str], bytes]:
    """Status, headers and body as a JSON-RPC error response, for the proxy's routes."""
    status = STATUS[fault.reason]
    retry = _retry_after(fault, status)
    data: dict[str, Any] = {"reason": fault.reason, "request_id": request_id}
    if "retry-after" in retry:
        data["retry_after_seconds"] = int(retry["retry-after"])
    document = {
        "jsonrpc": "2.0",
        "id": call_id,
        "error": {"code": JSON_RPC_CODE, "message": str(fault), "data": data},
    }
    return status, {"content-type": "application/json", **retry}, json.dumps(document).encode()


def log_fault(fault: GatewayError) -> None:
    """What is no caller's own doing, for whoever looks after the gateway."""
    if STATUS[fault.reason] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request_failed", reason=fault.reason, detail=str(fault))


def _retry_after(fault: GatewayError, status: HTTPStatus) -> dict[str, str]:
    if fault.retry_after_seconds is None and status is not HTTPStatus.SERVICE_UNAVAILABLE:
        return {}
    return {"retry-after": str(fault.retry_after_seconds or _DEFAULT_RETRY_SECONDS)}
