"""OAuth state in Redis: expires by itself, and GETDEL hands it out once."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.ports import Clock, SealedSecret
from notion_gateway.vault.sealed import from_json, to_json

log = structlog.stdlib.get_logger()

_AT_LEAST = timedelta(milliseconds=1)
_PATIENCE_SECONDS = 2.0
_PREFIX = "notion-gateway:oauth-state:"


@final
class RedisStateStore:
    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    @classmethod
    def at(cls, url: str, clock: Clock) -> "RedisStateStore":
        """Connects when first used."""
        redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped options
            url, socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=_PATIENCE_SECONDS
        )
        return cls(redis, clock)

    async def put(self, key: str, sealed: SealedSecret, expires_at: datetime) -> None:
        # A lifetime rather than a date: the server's clock need not be ours.
        lifetime = expires_at - self._clock.now()
        document = json.dumps({"sealed": to_json(sealed), "until": expires_at.timestamp()})
        with _one_vocabulary():
            await self._redis.set(_PREFIX + key, document, px=max(lifetime, _AT_LEAST), nx=True)

    async def take(self, key: str, now: datetime) -> SealedSecret | None:
        with _one_vocabulary():
            document = await self._redis.getdel(_PREFIX + key)
        if document is None:
            return None
        try:
            found = json.loads(document)
            sealed, until = from_json(found["sealed"]), float(found["until"])
        except (ValueError, TypeError, LookupError):
            # Somebody else's, or cut: as if it had never been there. The consent begins again.
            log.warning("state_malformed", key=_PREFIX + key)
            return None
        return None if now.timestamp() >= until else sealed

    async def ping(self) -> None:
        with _one_vocabulary():
            await self._redis.exists(_PREFIX)

    async def close(self) -> None:
        await self._redis.aclose()


@contextmanager
def _one_vocabulary() -> Generator[None]:
    try:
        yield
    except (RedisError, OSError) as fault:
        raise StoreUnavailable(
            f"The gateway's Redis cannot be used just now ({type(fault).__name__})."
        ) from None
