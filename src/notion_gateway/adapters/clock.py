"""The system's time and randomness."""

import secrets
import uuid
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemRandom:
    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def identifier(self) -> str:
        return str(uuid.uuid4())
