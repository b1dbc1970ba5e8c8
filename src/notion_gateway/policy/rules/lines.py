"""On which line of a JSON text something stands, so that a person finds what was refused."""

import json
import re
from collections.abc import Sequence
from typing import Final

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\r\n\ufeff]*")
_PART: Final = re.compile(r'("(?:[^"\\]|\\.)*")[ \t\r\n]*(:)?|[{}\[\]]')
"""A text, which is the name of a member where a colon follows, or where a value begins or ends."""


def line_of(text: str, place: Sequence[object]) -> int:
    """The line, counted from 1, of what the members and elements of ``place`` lead to; of the last
    of them that is there, where not all are. ``text`` is JSON.
    """
    at = _past_space(text, 0)
    for one in place:
        inner = _member(text, at, one) if isinstance(one, str) else _element(text, at, one)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def line_of_second(text: str) -> int:
    """The line of the first member that stands in its object a second time; 1 where none does.
    ``text`` is JSON.
    """
    open_ones: list[set[str]] = []
    for part in _PART.finditer(text):
        if part[0] in ("{", "["):
            open_ones.append(set())
        elif part[0] in ("}", "]"):
            open_ones.pop()
        elif part[2]:
            name: str = json.loads(part[1])
            if name in open_ones[-1]:
                return text.count("\n", 0, part.start()) + 1
            open_ones[-1].add(name)
    return 1


def _member(text: str, at: int, name: str) -> int | None:
    """Where the value of a member begins, in the object that begins at ``at``."""
    if text[at : at + 1] != "{":
        return None
    at = _past_space(text, at + 1)
    while text[at : at + 1] == '"':
        found, at = _DECODER.raw_decode(text, at)
        at = _past_space(text, _past_space(text, at) + 1)
        if found == name:
            return at
        at = _past_value(text, at)
    return None


def _element(text: str, at: int, number: object) -> int | None:
    if text[at : at + 1] != "[" or not isinstance(number, int):
        return None
    at = _past_space(text, at + 1)
    for _ in range(number):
        at = _past_value(text, at)
    return at


def _past_value(text: str, at: int) -> int:
    """Behind a value and the comma after it."""
    _, at = _DECODER.raw_decode(text, at)
    at = _past_space(text, at)
    return _past_space(text, at + 1) if text[at : at + 1] == "," else at


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()
