"""Notion's ids as they stand in arguments: with hyphens or without, by themselves, in addresses."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

_FORM: Final = r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
_ID: Final = re.compile(rf"(?<![0-9a-f]){_FORM}(?![0-9a-f])")
_ID_OR_ADDRESS: Final = re.compile(rf"(?:[^?#\s\\]*[-/])?{_FORM}/?(?:[?#]\S*)?")
"""An id, or an address whose path ends with one, which is where Notion's have it."""


def ids_in(text: str) -> Iterator[str]:
    """Every id of Notion's in it, without hyphens: of a page, a database, a view."""
    for form in dict.fromkeys((text, unquote(text))) if "%" in text else (text,):
        for one in _ID.finditer(form.lower()):
            yield one[0].replace("-", "")


def only_id_in(text: str) -> str | None:
    """The id that a text names, where nobody could read another one in it, or an address that
    leads elsewhere: ``https://www.notion.so/Home?p=…`` names no page by the id.
    """
    if _ID_OR_ADDRESS.fullmatch(text.strip().lower()) is None:
        return None
    named = {*ids_in(text)}
    return named.pop() if len(named) == 1 else None
