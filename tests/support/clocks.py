"""A clock that both sides of a test share, and that a test may push forward."""

import time
from datetime import UTC, datetime


class SharedClock:
    """Real time, plus what was skipped: ``now()`` for the gateway, a call for the simulator."""

    def __init__(self) -> None:
        self.skipped_seconds = 0.0
        self._stopped_at: float | None = None

    def __call__(self) -> float:
        started = time.time() if self._stopped_at is None else self._stopped_at
        return started + self.skipped_seconds

    def stop(self) -> None:
        """From now on only what a test skips passes, however long the test itself takes."""
        self._stopped_at = time.time()

    def timestamp(self) -> float:
        return self()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)

    def skip(self, seconds: float) -> None:
        self.skipped_seconds += seconds
