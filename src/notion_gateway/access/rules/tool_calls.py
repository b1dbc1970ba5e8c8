"""Whether a body calls a tool, for whoever need not take it apart to know."""

import re
from typing import Final

_MAY_CALL: Final = re.compile(rb"tools(?:/|\\/|\\u002f)call|\\u00", re.IGNORECASE)
"""What a body holds that calls a tool, in whatever form JSON lets it be written."""


def may_call_tool(body: bytes) -> bool:
    """False for a body that calls none, for certain: one that is compressed, or in another
    encoding than UTF-8, may hold anything.
    """
    return _MAY_CALL.search(body) is not None or not _is_plain(body)


def _is_plain(body: bytes) -> bool:
    """Whether a body is empty, or could be JSON in UTF-8."""
    if not body:
        return True
    if b"\x00" in body or not body.lstrip().startswith((b"{", b"[")):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
