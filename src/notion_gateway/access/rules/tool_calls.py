"""Whether a body calls a tool, for whoever need not take it apart to know."""

import re
from typing import Final

_MAY_CALL: Final = re.compile(rb"tools(?:/|\\/|\\u002f)call|\\u00", re.IGNORECASE)
"""What a body holds that calls a tool, in whatever form JSON lets it be written."""


def may_call_tool(body: bytes) -> bool:
    """False for a body that calls none, for certain."""
    return _MAY_CALL.search(body) is not None
