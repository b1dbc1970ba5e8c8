"""Limits in this process's memory, on fixed windows of a minute.

Written by hand because it stands in the path of each call: the ``limits`` package starts a
thread to sweep its memory after nearly every count, which costs more than the rest of what
checking a caller does.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import final

from notion_gateway.kernel.worker_counts import CountTable

_WINDOW_SECONDS = 60.0


class RateLimiter:
    """One window for all keys, so that forgetting costs nothing; it begins with the first hit.

    Over ``max_keys`` different keys in one window, new ones share a count: who makes up
    keys cannot fill the memory.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        max_keys: int = 100_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
        self.max_keys = max_keys
        self._monotonic = monotonic
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[str, str]] = set()
        self._ends = monotonic()

    def hit(self, key: str) -> int | None:
        now = self._current()
        key = self._kept(key)
        if self._counts[key] >= self._per_minute:
            return max(1, math.ceil(self._ends - now))
        self._counts[key] += 1
        return None

    def hit_once(self, key: str, what: str) -> None:
        """One thing counts once in a window, however often it comes: who repeats a mistake by
        machine is no more of a guesser than who makes it by hand.
        """
        if not self.has_seen(key, what):
            if len(self._seen) < self.max_keys:
                self._seen.add((key, what))
            self.hit(key)

    def has_seen(self, key: str, what: str) -> bool:
        self._current()
        return (key, what) in self._seen

    def is_spent(self, key: str) -> bool:
        self._current()
        return self._counts[self._kept(key)] >= self._per_minute

    def _current(self) -> float:
        now = self._monotonic()
        if now >= self._ends:
            self._counts.clear()
            self._seen.clear()
            self._ends = now + _WINDOW_SECONDS
        return now

    def _kept(self, key: str) -> str:
        return key if key in self._counts or len(self._counts) < self.max_keys else ""


@final
class SharedRateLimiter(RateLimiter):
    """The same for all workers of a gateway together: ``counts`` is what they share.

    Windows are the minutes of the machine's monotonic clock, the same in every worker.
    """

    def __init__(
        self,
        per_minute: int,
        counts: CountTable,
        *,
        max_keys: int = 100_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(per_minute, max_keys=max_keys, monotonic=monotonic)
        self._shared = counts

    def hit(self, key: str) -> int | None:
        now = self._current()
        key = self._kept(key)
        if not self._shared.take(key, 1, self._per_minute):
            return max(1, math.ceil(self._ends - now))
        self._counts[key] += 1
        return None

    def hit_once(self, key: str, what: str) -> None:
        if not self.has_seen(key, what):
            if len(self._seen) < self.max_keys:
                self._seen.add((key, what))
                self._shared.add((key, what), 1)
            self.hit(key)

    def has_seen(self, key: str, what: str) -> bool:
        return super().has_seen(key, what) or self._shared.total((key, what)) > 0

    def is_spent(self, key: str) -> bool:
        self._current()
        return self._shared.total(self._kept(key)) >= self._per_minute

    def _current(self) -> float:
        now = self._monotonic()
        if now >= self._ends:
            self._counts.clear()
            self._seen.clear()
            window = int(now // _WINDOW_SECONDS)
            self._shared.begin(window + 1)  # 0: nothing was counted yet
            self._ends = (window + 1) * _WINDOW_SECONDS
        return now


def limiter(per_minute: int, counts: CountTable | None) -> RateLimiter:
    """For one process alone, or for all workers that share ``counts``."""
    if counts is None:
        return RateLimiter(per_minute)
    return SharedRateLimiter(per_minute, counts)
