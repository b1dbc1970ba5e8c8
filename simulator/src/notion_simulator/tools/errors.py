"""Tool errors in the shape of Notion's REST client, which is what a caller sees."""

import json
from http import HTTPStatus
from typing import Any
from uuid import uuid4

INTEGRATION_ID = "1f8d872b-594c-80a4-b2f4-00370af2b13f"


OVERLOAD_STATUS = 529
"""No code of HTTP's own: 429's brother for a service that is busy as a whole."""


class NotionError(Exception):
    """A REST error that becomes a tool result with `isError`."""

    def __init__(
        self, code: str, status: HTTPStatus, message: str, tool_error_code: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.tool_error_code = tool_error_code


def not_found(kind: str, identifier: str) -> NotionError:
    """Returns the 404 for something that is not in the workspace."""
    return NotionError(
        "object_not_found",
        HTTPStatus.NOT_FOUND,
        f"Could not find {kind} with ID: {identifier}. Make sure you have access to it and that "
        "you are connected to the workspace it belongs to.",
    )


def invalid(message: str) -> NotionError:
    """Returns the 400 for arguments that are well-formed and still wrong."""
    return NotionError("validation_error", HTTPStatus.BAD_REQUEST, message)


def error_document(error: NotionError) -> dict[str, Any]:
    """Returns the JSON a failing tool has as its text."""
    request_id = str(uuid4())
    body = rest_error(error.status.value, error.code, error.message, request_id)
    document: dict[str, Any] = {
        "name": "APIResponseError",
        "code": error.code,
        "status": error.status.value,
        "headers": {},
        "body": json.dumps(body),
        "additional_data": {"integration_id": INTEGRATION_ID},
        "request_id": request_id,
        "message": error.message,
    }
    if error.tool_error_code is not None:
        document["tool_error_code"] = error.tool_error_code
    return document


def rest_error(status: int, code: str, message: str, request_id: str) -> dict[str, Any]:
    """Returns an error body of Notion's REST API."""
    return {
        "object": "error",
        "status": status,
        "code": code,
        "message": message,
        "request_id": request_id,
    }


def overload_document() -> dict[str, Any]:
    """Returns what a 529 says: the whole service is busy, and not this caller's doing."""
    message = "Notion is overloaded just now. Try again later."
    document = rest_error(OVERLOAD_STATUS, "service_overload", message, str(uuid4()))
    return {**document, "additional_data": {"rate_limit_reason": "service_overload"}}


def rate_limited_document(retry_after_seconds: int, reason: str) -> dict[str, Any]:
    """Returns the structured content of a call over a limit."""
    return {
        "error": {
            "code": "rate_limited",
            "retry_after_seconds": retry_after_seconds,
            "rate_limit_reason": reason,
        }
    }
