"""How many calls may be made in a window, a minute, of several budgets at once."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `limit` calls under `key` in a window; None is no limit."""

    key: str
    limit: int | None
    reason: str
    window_seconds: float = WINDOW_SECONDS


@dataclass(frozen=True, slots=True)
class Exceeded:
    """Why a call may not be made, and in how many seconds it may."""

    seconds: float
    reason: str


class RateLimits:
    """Sliding windows."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = {}

    def count(self, budgets: Sequence[Budget], now: float) -> Exceeded | None:
        """Counts a call, unless a budget is used up: then it returns the longest wait."""
        exceeded: list[Exceeded] = []
        for budget in budgets:
            times = self._calls.setdefault(budget.key, deque())
            while times and times[0] <= now - budget.window_seconds:
                times.popleft()
            if budget.limit is not None and len(times) >= budget.limit:
                wait = times[-budget.limit] + budget.window_seconds - now
                exceeded.append(Exceeded(wait, budget.reason))
        if exceeded:
            return max(exceeded, key=lambda one: one.seconds)
        for budget in budgets:
            self._calls[budget.key].append(now)
        return None
