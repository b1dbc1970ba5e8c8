"""Which notices of change have been read, by id, so that no look reads them all again.

Ids are given in order and become visible in any: a transaction takes its id before it commits, or
never does. So whatever lies between two ids that were seen may still come, for a while.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import final

_BELOW_THE_FIRST = 100
"""Ids below the first one that was seen, which transactions under way may have taken."""

_GAP = 10_000
"""Between two ids there are never so many; where there are, another sequence gives them."""


@final
@dataclass
class NoticeIds:
    """``late_seconds``: how long after an id was given its notice may become visible."""

    late_seconds: float
    newest: int | None = field(init=False, default=None)
    """None: nothing is known, and everything is to be read."""
    _may_come: dict[int, float] = field(init=False, default_factory=dict[int, float])
    """Since when each has been waited for."""

    def may_come(self) -> Collection[int]:
        """Up to ``newest``; beyond it anything may."""
        return self._may_come.keys()

    def saw(self, ids: Iterable[int], now: float) -> None:
        """What a look has found; ``now`` in seconds of any clock that is never set."""
        found = set(ids)
        if found:
            last = max(found)
            first = self.newest or max(0, min(found) - _BELOW_THE_FIRST - 1)
            if last - first > _GAP and self.newest is not None:
                self.forget()
                return
            self._may_come.update((one, now) for one in range(first + 1, last + 1))
            self.newest = max(last, self.newest or 0)
        elif self.newest is None:
            self.newest = 0
        late = now - self.late_seconds
        self._may_come = {
            one: since for one, since in self._may_come.items() if one not in found and since > late
        }

    def forget(self) -> None:
        """After a time, or a change of servers, in which anything may have happened."""
        self.newest = None
        self._may_come = {}
