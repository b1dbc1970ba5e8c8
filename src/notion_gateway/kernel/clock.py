"""The system's time and randomness."""

import secrets
import sys
import time
import uuid
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def steady_seconds() -> float:
    """Seconds that pass for everybody alike: no clock that is set touches them, and where the
    system can tell (Linux), a machine that was suspended counts the time it slept.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class SystemRandom:
    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def identifier(self) -> str:
        return str(uuid.uuid4())
