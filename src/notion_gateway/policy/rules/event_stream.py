"""A stream of events, judged one by one while it comes: what is judged goes on as it came."""

import re
from collections.abc import Callable, Iterator
from typing import Final, final

from notion_gateway.policy.rules.lists import AnswerUnclear

LONGEST_EVENT_BYTES: Final = 8 * 1024 * 1024
_FIELDS: Final = frozenset({b"data", b"event", b"id", b"retry", b""})
"""Lines that begin with a colon are comments. Others mean nothing in a stream (WHATWG HTML,
section 9.2.6), but might to a reader that takes it for something else."""
_END: Final = re.compile(rb"(?:\A|\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?=[^\n]))")
"""An empty line. A carriage return at the very end may be half of a line's end, and is waited
for."""
_LONGEST_END: Final = 4


@final
class JudgedEvents:
    """``judge`` is given the data of an event and says what goes on in its place."""

    def __init__(self, judge: Callable[[bytes], bytes]) -> None:
        self._judge = judge
        self._rest = b""

    def part_came(self, part: bytes) -> Iterator[bytes]:
        """The events that are whole now, as they go on. Raises AnswerUnclear at the first that
        cannot be read.
        """
        looked_at = max(0, len(self._rest) - _LONGEST_END)
        self._rest += part
        begin = 0
        while (end := _END.search(self._rest, max(begin, looked_at))) is not None:
            yield self._judged(self._rest[begin : end.end()])
            begin = end.end()
        self._rest = self._rest[begin:]
        if len(self._rest) > LONGEST_EVENT_BYTES:
            raise AnswerUnclear("an event is too long")

    def ended(self) -> bytes:
        """What is left: an event without its end, which some readers take for one all the same."""
        rest, self._rest = self._rest, b""
        return self._judged(rest) if rest else b""

    def _judged(self, event: bytes) -> bytes:
        data: list[bytes] = []
        others: list[bytes] = []
        for line in event.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
            name, _, value = line.partition(b":")
            if line and name not in _FIELDS:
                raise AnswerUnclear("it is no stream of events")
            if name == b"data":
                data.append(value.removeprefix(b" "))
            elif line:
                others.append(line)
        text = b"\n".join(data)
        if not text.strip():
            return event
        judged = self._judge(text)
        if judged == text:
            return event
        return b"\n".join([*others, b"data: " + judged, b"", b""])
