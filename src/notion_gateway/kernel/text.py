"""Text from elsewhere, cut to what may be shown and stored."""

import re
from typing import Final

TOKEN: Final = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}:\w{8,}:\w{16,}"
    r"|(?<=earer )[\w\-.~+/:]+=*"
)
"""What is left out of logs: Notion's tokens, and whatever is sent as a bearer."""


def short_text(value: object, limit: int = 200) -> str | None:
    """The printable characters of a string, at most ``limit`` of them; None where none is left."""
    if not isinstance(value, str):
        return None
    return "".join(char for char in value if char.isprintable())[:limit] or None
