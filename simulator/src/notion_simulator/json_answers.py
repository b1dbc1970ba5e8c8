"""JSON answers in the compact form Notion's server writes."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def compact(value: object) -> str:
    """Returns `value` as JSON without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Returns a response with `value` as its JSON body."""
    return Response(compact(value), status, headers, media_type="application/json")


def oauth_error(
    error: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None
) -> Response:
    """Returns an OAuth error body (RFC 6749 section 5.2), never cached."""
    body: dict[str, Any] = {"error": error, "error_description": description}
    return json_answer(body, status, {**NO_STORE, **(headers or {})})
