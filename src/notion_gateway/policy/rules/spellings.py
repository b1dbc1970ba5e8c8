"""What may stand at a path in a call's arguments, for one reader or another.

Readers take an object for a list of one, a list of one for an object, and a text that is JSON for
what it says. Whatever one of them would find is found here.
"""

import json
import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Final, cast

from notion_gateway.kernel.json import read_json

_BETWEEN: Final = re.compile(r"[-_\s]")
_FIRST: Final = frozenset({"*", "0"})
"""Parts of a path that lead into a list, and are left out where one stands alone."""


class Unread(Enum):
    """``UNCLEAR``: readers differ on what a text says, so that it may be anything."""

    PLAIN_TEXT = auto()
    UNCLEAR = auto()


def spoken(name: str) -> str:
    """The same for names that differ in capitals, hyphens and underscores only."""
    return _BETWEEN.sub("", name.casefold())


def plainly_at(value: object, path: Sequence[str]) -> Iterator[object]:
    """What stands at a path for every reader."""
    if not path:
        yield value
        return
    name, rest = path[0], path[1:]
    if isinstance(value, dict):
        for inner in _members(cast("dict[str, object]", value), name):
            yield from plainly_at(inner, rest)
    elif isinstance(value, list):
        for inner in _elements(cast("list[object]", value), name):
            yield from plainly_at(inner, rest)


def may_stand_at(value: object, path: Sequence[str]) -> Sequence[object]:
    """What stands at a path for any reader; ``Unread.UNCLEAR`` for what may be anything."""
    found = [value]
    for number, name in enumerate(path, 1):
        inner = (
            one for whole in found for one in _inside(whole, name, is_last=number == len(path))
        )
        # By several ways to the same thing: it is looked into once.
        found = list({id(one): one for one in inner}.values())
    return found


def _inside(value: object, name: str, *, is_last: bool) -> Iterator[object]:
    left = [value]
    while left:
        one = left.pop()
        given = one
        if isinstance(one, str):
            one = read_text(one, is_expected=True)
        if one is Unread.UNCLEAR:
            yield one
        elif isinstance(one, dict):
            yield from _members(cast("dict[str, object]", one), name)
            if name in _FIRST and not is_last:
                yield one
        elif isinstance(one, list):
            elements = cast("list[object]", one)
            yield from _elements(elements, name)
            if name != "*":
                is_place = name.isdecimal()
                left += [each for each in elements if not is_place or isinstance(each, list)]
        elif isinstance(one, str):
            left.append(one)
        elif name in _FIRST and given is not None:
            yield given


def _members(value: dict[str, object], name: str) -> Iterator[object]:
    for key, inner in value.items():
        if name == "*" or spoken(key) == spoken(name):
            yield inner


def _elements(value: list[object], name: str) -> Iterator[object]:
    if name == "*":
        yield from value
    elif name.isdecimal() and int(name) < len(value):
        yield value[int(name)]


def leaves(value: object) -> Iterator[object]:
    """Each value in it that holds no other; a text that is JSON, and what stands in it as well."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict) and one:
            left += cast("dict[str, object]", one).values()
        elif isinstance(one, list) and one:
            left += cast("list[object]", one)
        else:
            yield one
            read = read_text(one) if isinstance(one, str) else Unread.PLAIN_TEXT
            if read is not Unread.PLAIN_TEXT:
                left.append(read)


def read_text(text: str, *, is_expected: bool = False) -> object:
    """What a text says that is an object, a list or a text in JSON. ``is_expected``: it stands
    where one of these has to, so that a reader with more goodwill may make one of it.
    """
    given = text.strip().removeprefix("\ufeff").strip()
    if not given.startswith(("{", "[", '"')):
        return Unread.PLAIN_TEXT
    try:
        document, doubled = read_json(given, is_finite=True)
    except json.JSONDecodeError:
        return Unread.UNCLEAR if is_expected else Unread.PLAIN_TEXT
    except ValueError:
        return Unread.UNCLEAR
    return Unread.UNCLEAR if doubled else document
