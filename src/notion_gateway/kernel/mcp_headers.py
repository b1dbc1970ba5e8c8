"""What MCP's headers say, which repeat something of the body (2026-07-28, transports)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

NAMED_BY: Final = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "resources/subscribe": "uri",
}
"""Which parameter of a method ``Mcp-Name`` repeats. Of other methods nothing says which."""
_ENCODED: Final = ("=?base64?", "?=")


def decoded(given: bytes) -> str:
    """As it is written what no header can hold ("Value encoding"). Raises ValueError."""
    value = given.decode("latin-1")
    begin, end = _ENCODED
    if not (value.startswith(begin) and value.endswith(end)):
        return value
    inner = value.removeprefix(begin).removesuffix(end)
    try:
        return base64.b64decode(inner, validate=True).decode()
    except binascii.Error as fault:
        raise ValueError("no base64") from fault


def repeatable_names(method: object, params: Mapping[str, object]) -> list[object]:
    """What ``Mcp-Name`` may say beside a body with these."""
    known = NAMED_BY.get(method) if isinstance(method, str) else None
    if known is not None:
        return [params.get(known)]
    return [one for one in params.values() if isinstance(one, str)]
