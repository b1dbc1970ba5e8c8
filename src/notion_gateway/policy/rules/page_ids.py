"""Notion's ids as they stand in arguments: with hyphens or without, by themselves, in addresses."""

import re
from collections.abc import Iterator
from typing import Final

_ID: Final = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])"
)


def ids_in(text: str) -> Iterator[str]:
    """Every id of Notion's in it, without hyphens: of a page, a database, a view."""
    for one in _ID.finditer(text.lower()):
        yield one[0].replace("-", "")
