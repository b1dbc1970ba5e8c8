"""Names of spaces and people, as they stand in paths, headers and streams."""

import re

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@|+~-]{0,199}")
_RESERVED = frozenset({"oauth", "mcp", "callback", "proxy"})
"""Words that stand beside a space id in the gateway's own paths."""


def is_identifier(value: str) -> bool:
    """At most 200 characters that need no escaping anywhere; UUIDs, slugs and subjects fit."""
    return _IDENTIFIER.fullmatch(value) is not None


def is_space_id(value: str) -> bool:
    return is_identifier(value) and value not in _RESERVED
