"""A clock that both sides of a test share, and that a test may push forward."""

import time
from datetime import UTC, datetime


class SharedClock:
    """Real time, plus what was skipped: ``now()`` for the gateway, a call for the simulator."""

    def __init__(self) -> None:
        self.skipped_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped_seconds

    def timestamp(self) -> float:
        return self()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)

    def skip(self, seconds: float) -> None:
        self.skipped_seconds += seconds
