"""Names of spaces and people, as they stand in paths, headers and streams.

The front end judges alike: tests/shared/identifiers.json and user-ids.json.
"""

import re

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@|+~-]{0,199}")
_RESERVED = frozenset({"oauth", "mcp", "callback", "proxy"})
"""Words that stand beside a space id in the gateway's own paths."""


_USER_CHARACTERS = 255


def is_identifier(value: str) -> bool:
    """At most 200 characters that need no escaping anywhere; UUIDs and slugs fit."""
    return _IDENTIFIER.fullmatch(value) is not None


def is_user_id(value: str) -> bool:
    """1 to 255 characters, as an issuer's subject may have (OpenID Connect Core 1.0 section 2):
    any that can be shown, and no space at either end. Where a user id stands in a path it is
    escaped.
    """
    return 0 < len(value) <= _USER_CHARACTERS and value.isprintable() and value == value.strip()


def is_space_id(value: str) -> bool:
    return is_identifier(value) and value not in _RESERVED
