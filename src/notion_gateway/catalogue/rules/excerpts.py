"""What is new in a text of a tool's, shown within bounds; what finds no room is counted, in words.

A hostile server changes a long text in many places, so that the one sentence that matters is not
looked at. So each place is shown by itself, and none is left out in silence. It takes time in
proportion to the texts' length, whatever they hold.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from notion_gateway.catalogue.rules.texts import CUT, LONGEST_TEXT

MOST_OF_NEW: Final = 2000
MOST_OF_OLD: Final = 500
_LEAST_OF_A_PLACE: Final = 20
_TOGETHER: Final = 4
"""Places with no more words between them are one: people read sentences."""
_ROUNDS: Final = 8
_WORD: Final = re.compile(r"\w{1,16}\s*|\W\s*")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``before`` and ``after``: what differs, each place on lines of its own. ``left_out``: how
    many characters of what is new are not in ``after``. ``is_whole``: what comes behind the
    longest text that is kept, nobody has compared.
    """

    before: str
    after: str
    left_out: int = 0
    is_whole: bool = True

    @property
    def words(self) -> str:
        """To be said besides; empty where nothing is left out."""
        said = ""
        if self.left_out:
            said = f" Of what is new, {self.left_out:,} characters are left out here."
        if not self.is_whole:
            said += f" It is longer than {LONGEST_TEXT:,} characters: what follows is not kept."
        return said


def difference(before: str, after: str) -> Excerpt:
    one, other = _WORD.findall(before), _WORD.findall(after)
    places = _joined(_places(one, other))
    was, _ = _shown(one, [(each.one, each.one_end) for each in places], MOST_OF_OLD)
    now, left_out = _shown(other, [(each.other, each.other_end) for each in places], MOST_OF_NEW)
    return Excerpt(was, now, left_out, _is_whole(after))


def beginning(*texts: str) -> Excerpt:
    """Of texts that are new as a whole."""
    text = "\n".join(texts)
    left_out = max(0, len(text) - MOST_OF_NEW)
    after = text[:MOST_OF_NEW] + (CUT if left_out else "")
    return Excerpt("", after, left_out, all(map(_is_whole, texts)))


def _is_whole(text: str) -> bool:
    """Whether nothing of it was cut when it was kept."""
    return len(text) <= LONGEST_TEXT or not text.endswith(CUT)


class _Place(NamedTuple):
    """Where two lists of words differ: from where, and up to where, in each."""

    one: int
    one_end: int
    other: int
    other_end: int


def _places(one: Sequence[str], other: Sequence[str]) -> list[_Place]:
    """In order. Between words that stand once in each, it is looked once more (patience diff)."""
    found: list[_Place] = []
    left = [(_Place(0, len(one), 0, len(other)), _ROUNDS)]
    while left:
        place, rounds = left.pop()
        place = _trimmed(one, other, place)
        if place.one == place.one_end and place.other == place.other_end:
            continue
        anchors = _anchors(one, other, place) if rounds else []
        if not anchors:
            found.append(place)
            continue
        begin, end = place.one, place.other
        for at, there in [*anchors, (place.one_end, place.other_end)]:
            left.append((_Place(begin, at, end, there), rounds - 1))
            begin, end = at + 1, there + 1
    return sorted(found)


def _trimmed(one: Sequence[str], other: Sequence[str], place: _Place) -> _Place:
    """Without its common beginning and end."""
    start, end, begin, stop = place
    while start < end and begin < stop and one[start] == other[begin]:
        start, begin = start + 1, begin + 1
    while start < end and begin < stop and one[end - 1] == other[stop - 1]:
        end, stop = end - 1, stop - 1
    return _Place(start, end, begin, stop)


def _anchors(one: Sequence[str], other: Sequence[str], place: _Place) -> list[tuple[int, int]]:
    """The longest row of words that stand once in each, in the same order."""
    there = _once(other, place.other, place.other_end)
    pairs = [
        (at, there[word])
        for word, at in _once(one, place.one, place.one_end).items()
        if word in there
    ]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, to) in enumerate(pairs):
        length = bisect_left(ends, to)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [to]
        last[length : length + 1] = [number]
    found: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _once(words: Sequence[str], start: int, end: int) -> dict[str, int]:
    counts = Counter(words[start:end])
    return {words[at]: at for at in range(start, end) if counts[words[at]] == 1}


def _joined(places: Sequence[_Place]) -> list[_Place]:
    found: list[_Place] = []
    for place in places:
        if found and place.other - found[-1].other_end <= _TOGETHER:
            last = found[-1]
            found[-1] = _Place(last.one, place.one_end, last.other, place.other_end)
        else:
            found.append(place)
    return found


def _shown(words: Sequence[str], places: Sequence[tuple[int, int]], limit: int) -> tuple[str, int]:
    """Each place in its order, and how many characters found no room."""
    texts = ["".join(words[start:end]).strip() for start, end in places]
    rooms = _rooms([len(text) for text in texts], limit)
    lines: list[str] = []
    for (start, end), text, room in zip(places, texts, rooms, strict=True):
        if room:
            is_end = end == len(words) and room == len(text)
            lines.append(f"{CUT if start else ''}{text[:room]}{'' if is_end else CUT}")
    return "\n".join(lines), sum(map(len, texts)) - sum(rooms)


def _rooms(lengths: Sequence[int], limit: int) -> list[int]:
    """How much of each is shown: of short ones all, of long ones the same. Where there are too
    many of them, the last ones have no room.
    """
    rooms = [0] * len(lengths)
    shown = [at for at, length in enumerate(lengths) if length][: limit // _LEAST_OF_A_PLACE]
    by_length = sorted(shown, key=lambda at: lengths[at])
    for number, at in enumerate(by_length):
        rooms[at] = min(lengths[at], limit // (len(by_length) - number))
        limit -= rooms[at]
    return rooms
