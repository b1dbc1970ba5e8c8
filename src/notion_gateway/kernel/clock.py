"""Time: what a clock is, and the system's own."""

import sys
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The system's clock, or the database's, which all replicas share."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...

    def timestamp(self) -> float:
        """The same in seconds since 1970, for what every call asks: it costs a tenth."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        return time.time()


if sys.platform == "linux":

    def steady_seconds() -> float:
        """Seconds that pass for everybody alike: no clock that is set touches them, and where
        the system can tell (Linux), a machine that was suspended counts the time it slept.
        """
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:
    steady_seconds = time.monotonic
