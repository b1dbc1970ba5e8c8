"""One-use records in Redis: they expire by themselves, and GETDEL hands each out once."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import StoreUnavailable

log = structlog.stdlib.get_logger()

_AT_LEAST = timedelta(milliseconds=1)
_PATIENCE_SECONDS = 2.0
_PREFIX = "notion-gateway:oauth-state:"


@final
class RedisOneUseRecords:
    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    @classmethod
    def at(cls, url: str, clock: Clock) -> "RedisOneUseRecords":
        """Connects when first used."""
        redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped options
            url, socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=_PATIENCE_SECONDS
        )
        return cls(redis, clock)

    async def put(self, key: str, document: Mapping[str, Any], expires_at: datetime) -> None:
        # A lifetime rather than a date: the server's clock need not be ours.
        lifetime = expires_at - self._clock.now()
        stored = json.dumps({"sealed": dict(document), "until": expires_at.timestamp()})
        with _one_vocabulary():
            await self._redis.set(_PREFIX + key, stored, px=max(lifetime, _AT_LEAST), nx=True)

    async def take(self, key: str, now: datetime) -> dict[str, Any] | None:
        with _one_vocabulary():
            stored = await self._redis.getdel(_PREFIX + key)
        if stored is None:
            return None
        try:
            found = json.loads(stored)
            document, until = dict(found["sealed"]), float(found["until"])
        except (ValueError, TypeError, LookupError):
            # Somebody else's, or cut: as if it had never been there. The consent begins again.
            log.warning("state_malformed", key=_PREFIX + key)
            return None
        return None if now.timestamp() >= until else document

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
