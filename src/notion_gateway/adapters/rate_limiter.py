"""Limits in this process's memory, on fixed windows."""

import math
import time
from typing import final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


@final
class MemoryRateLimiter:
    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, key: str) -> int | None:
        if self._limiter.hit(self._item, key):
            return None
        resets = self._limiter.get_window_stats(self._item, key).reset_time
        return max(1, math.ceil(resets - time.time()))

    def is_spent(self, key: str) -> bool:
        return not self._limiter.test(self._item, key)
