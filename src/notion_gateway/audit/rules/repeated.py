"""Refusals that come again: a program in a loop must not fill the record, nor be missing there.

The first is an entry at once. Those like it within the minute after are counted, and become one
entry, which says how many they were. Of logins it is ten minutes: who tries to log in has proven
nothing yet, and there shall be no more entries than there are reasons to refuse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, final

from notion_gateway.audit.rules.entry import Entry, Kind

WINDOW_SECONDS: Final = 60.0
LOGIN_WINDOW_SECONDS: Final = 600.0
_MOST_WINDOWS: Final = 1000

Of = tuple[str, ...]
InSpace = tuple[str, Entry]


@dataclass(slots=True)
class _Window:
    ends: float
    space_id: str
    last: Entry | None = None
    count: int = 0

    def entry(self) -> Iterator[InSpace]:
        if self.last is not None:
            yield self.space_id, replace(self.last, calls=self.count)


@final
class Repeated:
    """In the order of time, as the entries say it. No count is lost: where there are too many
    kinds at a time, the oldest becomes an entry earlier.
    """

    def __init__(self, *, most: int = _MOST_WINDOWS) -> None:
        self._most = most
        self._windows: dict[Of, _Window] = {}

    @property
    def is_empty(self) -> bool:
        return not self._windows

    def came(self, space_id: str, entry: Entry) -> Iterator[InSpace]:
        """What is to be kept now."""
        yield from self.ended(entry.at)
        of = _alike(space_id, entry)
        window = self._windows.get(of)
        if window is not None:
            window.last = entry
            window.count += 1
            return
        if len(self._windows) >= self._most:
            yield from self._windows.pop(next(iter(self._windows))).entry()
        is_login = entry.kind is Kind.LOGIN
        seconds = LOGIN_WINDOW_SECONDS if is_login else WINDOW_SECONDS
        self._windows[of] = _Window(entry.at + seconds, space_id)
        yield space_id, entry

    def ended(self, at: float) -> Iterator[InSpace]:
        """What is to be kept of minutes that are over by then."""
        over = [of for of, window in self._windows.items() if window.ends <= at]
        for of in over:
            yield from self._windows.pop(of).entry()


def _alike(space_id: str, entry: Entry) -> Of:
    """Not by the program of a login that was refused: anybody can register one by any name."""
    client = "" if entry.kind is Kind.LOGIN else entry.client
    return space_id, entry.kind, entry.user_id, entry.token, client, entry.tool, entry.reason
