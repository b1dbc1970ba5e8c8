"""The trace that a call's body names in ``params._meta`` (SEP-414), read and left where it is."""

from collections.abc import Mapping
from typing import Any, Final, cast

from notion_gateway.kernel.json import json_object

_NAME: Final = b'"traceparent"'
_MOST_BYTES: Final = 64 * 1024
"""A larger body takes longer to read than a trace is worth."""


def said_in(body: bytes) -> Mapping[str, str] | None:
    """None where the body is no single message that names one. A body that does not have the word
    in it, and nearly none has, is not parsed.
    """
    if _NAME not in body or len(body) > _MOST_BYTES:
        return None
    meta: Any = json_object(body)
    for name in ("params", "_meta"):
        if not isinstance(meta, dict):
            return None
        meta = cast("dict[str, Any]", meta).get(name)
    if not isinstance(meta, dict):
        return None
    named = cast("dict[str, Any]", meta)
    parent, state = named.get("traceparent"), named.get("tracestate")
    if not isinstance(parent, str):
        return None
    return {"traceparent": parent, "tracestate": state if isinstance(state, str) else ""}
