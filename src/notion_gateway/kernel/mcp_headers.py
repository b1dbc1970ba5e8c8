"""What MCP's headers say, which repeat something of the body (2026-07-28, transports)."""

import base64
import binascii
from typing import Final

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
