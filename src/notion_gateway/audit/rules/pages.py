"""Ids of Notion's pages, databases and blocks in a call's arguments.

A tool's arguments have them under many names, as bare ids and in addresses, and new tools bring
new names: so every text is looked at that is an id or an address of Notion's, and no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from notion_gateway.audit.rules.entry import MAX_PAGES

_ID: Final = re.compile(
    r"(?:collection://|view://)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"https://(?:[a-z0-9-]+\.)*notion\.(?:so|site|com)/\S*", re.IGNORECASE)
_AT_THE_END: Final = re.compile(r"([0-9a-f]{32})(?=$|[?#])", re.IGNORECASE)
_MAX_LOOKED_AT: Final = 10_000
"""Values of one call. A body is bounded, but need not be walked to its end."""


@dataclass(frozen=True, slots=True)
class NamedPages:
    """``pages``: in the form 8-4-4-4-12, each once, in the order in which they come; the first
    MAX_PAGES. ``more``: how many there are besides, at least.
    """

    pages: tuple[str, ...] = ()
    more: int = 0


NO_PAGES: Final = NamedPages()


def pages_named(arguments: object) -> NamedPages:
    """``arguments`` as ``json`` reads them."""
    found: dict[str, None] = {}
    for number, text in enumerate(_texts(arguments)):
        if number >= _MAX_LOOKED_AT:
            break
        page = _page(text)
        if page is not None:
            found[page] = None
    return NamedPages(tuple(found)[:MAX_PAGES], max(len(found) - MAX_PAGES, 0))


def _page(text: str) -> str | None:
    whole = _ID.fullmatch(text)
    if whole is not None:
        return "-".join(whole.groups()).lower()
    if _ADDRESS.fullmatch(text) is None:
        return None
    ends = _AT_THE_END.findall(text)
    if not ends:
        return None
    digits = str(ends[0]).lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _texts(value: object) -> Iterator[str]:
    """Without recursion: a body may be nested as deep as JSON allows."""
    left: list[object] = [value]
    while left:
        one = left.pop()
        if type(one) is str:
            yield one
        elif type(one) is dict:
            left.extend(reversed(cast("dict[str, object]", one).values()))
        elif type(one) is list:
            left.extend(reversed(cast("list[object]", one)))
