"""Ids of Notion's pages, databases and blocks in a call's arguments.

A tool's arguments have them under many names, as bare ids and in addresses, and new tools bring
new names: so every text is looked at that is an id or an address of Notion's, and no other. Where
a text is JSON, which some take in the place of an object, what it says is looked at.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from notion_gateway.audit.rules.entry import MAX_PAGES
from notion_gateway.kernel.page_ids import ids_in

_ID: Final = re.compile(
    r"(?:collection://|view://)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)*notion\.(?:so|site|com)/\S*", re.IGNORECASE
)
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
        found |= dict.fromkeys(_pages_of(text))
    return NamedPages(tuple(found)[:MAX_PAGES], max(len(found) - MAX_PAGES, 0))


def _pages_of(text: str) -> Iterator[str]:
    """Every id in an address: a page is opened by ``?p=``, too, over the one of the path."""
    whole = _ID.fullmatch(text)
    if whole is not None:
        yield "-".join(whole.groups()).lower()
    elif _ADDRESS.fullmatch(text) is not None:
        for one in ids_in(text):
            yield "-".join((one[:8], one[8:12], one[12:16], one[16:20], one[20:]))


def _texts(value: object) -> Iterator[str]:
    """Without recursion: a body may be nested as deep as JSON allows."""
    left: list[object] = [value]
    while left:
        one = left.pop()
        if type(one) is str:
            text = one.strip().removeprefix("\ufeff").strip()
            said = _said_in_json(text) if text.startswith(("{", "[", '"')) else None
            if said is None:
                yield text
            else:
                left.append(said)
        elif type(one) is dict:
            left.extend(reversed(cast("dict[str, object]", one).values()))
        elif type(one) is list:
            left.extend(reversed(cast("list[object]", one)))


def _said_in_json(text: str) -> object:
    """The values in it; None where it is no JSON. Of a member that stands twice, both."""
    try:
        return json.loads(text, object_pairs_hook=_values)
    except (ValueError, RecursionError):
        return None


def _values(members: Sequence[tuple[str, object]]) -> object:
    return [value for _, value in members]
