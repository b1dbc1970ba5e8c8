"""A call as its person is shown it before they say yes: nothing of it is left out in silence.

The model that makes the call also chooses the order of its arguments, their length and every
character of them. So what the rule looked at stands first, whole values stand before cut ones, each
value is cut by itself and says by how much, and no name is left out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from notion_gateway.kernel.hidden_characters import written_out
from notion_gateway.policy.rules.spellings import Unread, read_text, spoken

MOST_SHOWN_CHARACTERS: Final = 10_000
"""Of all arguments: longer ones people do not read."""
_VALUES_SHOWN: Final = (1000, 200, 50)
"""How many characters of one value, the first of them for which everything has room."""
_SHORTEST_LINE: Final = 4
_PLAIN_NAME: Final = re.compile(r"[\w-]+(?: [\w-]+)*")


@dataclass(frozen=True, slots=True)
class _Place:
    """``path`` as it is written, ``names`` those of its members."""

    path: str = ""
    names: tuple[str, ...] = ()

    def member(self, name: str) -> "_Place":
        name = name[: MOST_SHOWN_CHARACTERS + 1]  # a longer one has no room as it is
        is_plain = _PLAIN_NAME.fullmatch(name) is not None
        shown = written_out(name if is_plain else json.dumps(name, ensure_ascii=False))
        return _Place(f"{self.path}.{shown}" if self.path else shown, (*self.names, spoken(name)))

    def element(self, number: int) -> "_Place":
        return _Place(f"{self.path}[{number}]", self.names)

    def is_at(self, path: str) -> bool:
        """Whether a rule's path may lead there."""
        left = iter(self.names)
        return all(
            spoken(one) in left for one in path.split(".") if one != "*" and not one.isdecimal()
        )


@dataclass(frozen=True, slots=True)
class _Value:
    """One that holds no other. ``may_be_cut``: it is a text and nothing else."""

    place: _Place
    value: object
    may_be_cut: bool = False

    def is_cut(self, most: int) -> bool:
        return self.may_be_cut and len(cast("str", self.value)) > most

    def line(self, most: int) -> str:
        if not self.is_cut(most):
            return f"{self.place.path}: {_written(self.value)}"
        text = cast("str", self.value)
        begins, more = _written(text[:most])[:-1], len(text) - most
        return f'{self.place.path}: {begins}…" ({more:,} more characters)'


def shown_arguments(arguments: dict[str, object], judged: str | None = None) -> str | None:
    """One value on each line, after the path to it; None where not all of them have room.
    ``judged``: the path that the rule looked at, which comes first.
    """
    values = _bounded(arguments)
    if values is None:
        return None
    for most in _VALUES_SHOWN:
        values.sort(key=lambda one: (not _is_judged(one, judged), one.is_cut(most)))
        lines = _lines(values, most)
        if lines is not None:
            return "\n".join(lines)
    return None


def _is_judged(one: _Value, path: str | None) -> bool:
    return path is not None and one.place.is_at(path)


def _bounded(arguments: dict[str, object]) -> list[_Value] | None:
    """None where the paths alone take too much room."""
    found: list[_Value] = []
    room = MOST_SHOWN_CHARACTERS
    for one in _values(arguments):
        room -= len(one.place.path) + _SHORTEST_LINE
        if room < 0:
            return None
        found.append(one)
    return found


def _lines(values: Sequence[_Value], most: int) -> list[str] | None:
    found: list[str] = []
    room = MOST_SHOWN_CHARACTERS
    for one in values:
        found.append(one.line(most))
        room -= len(found[-1]) + 1
        if room < 0:
            return None
    return found


def _values(arguments: dict[str, object]) -> Iterator[_Value]:
    """In the call's order. A text that is JSON is looked into, as Notion looks into it. By a list
    of what is left, for a hostile call may be deeper than functions may call each other.
    """
    left = [_inside(_Place(), arguments)]
    while left:
        found = next(left[-1], None)
        if found is None:
            left.pop()
            continue
        place, value = found
        read = read_text(value) if isinstance(value, str) else Unread.PLAIN_TEXT
        if not isinstance(read, Unread):
            left.append(iter([(place, read)]))
        elif isinstance(value, (dict, list)) and value:
            left.append(_inside(place, cast("dict[str, object] | list[object]", value)))
        else:
            is_text = isinstance(value, str) and read is Unread.PLAIN_TEXT
            yield _Value(place, cast("object", value), is_text)


def _inside(
    place: _Place, value: "dict[str, object] | list[object]"
) -> Iterator[tuple[_Place, object]]:
    if isinstance(value, dict):
        return ((place.member(name), one) for name, one in value.items())
    return ((place.element(number), one) for number, one in enumerate(value))


def _written(value: object) -> str:
    """On one line, and so that quotation marks in a text cannot be taken for its end."""
    return written_out(json.dumps(value, ensure_ascii=False))
