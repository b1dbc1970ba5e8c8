"""One-use records in Redis: they expire by themselves, and GETDEL hands each out once."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.one_use_records import Record

log = structlog.stdlib.get_logger()

_AT_LEAST = timedelta(milliseconds=1)
_PATIENCE_SECONDS = 2.0
_PREFIX = "notion-gateway:oauth-state:"
_TAKE_LEAVING = """
local taken = redis.call("GETDEL", KEYS[1])
if taken then redis.call("SET", KEYS[2], ARGV[1], "PX", ARGV[2]) end
return taken
"""
"""One step for everybody else: Redis runs a script as a whole."""


@final
class RedisOneUseRecords:
    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._take_leaving = redis.register_script(_TAKE_LEAVING)

    @classmethod
    def at(cls, url: str, clock: Clock) -> "RedisOneUseRecords":
        """Connects when first used."""
        redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped options
            url, socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=_PATIENCE_SECONDS
        )
        return cls(redis, clock)

    async def put(self, record: Record) -> None:
        key, stored, lifetime = self._stored(record)
        with _one_vocabulary():
            await self._redis.set(key, stored, px=lifetime, nx=True)

    async def take(
        self, key: str, now: datetime, leaving: Record | None = None
    ) -> dict[str, Any] | None:
        with _one_vocabulary():
            if leaving is None:
                stored = await self._redis.getdel(_PREFIX + key)
            else:
                other, left, lifetime = self._stored(leaving)
                stored = await self._take_leaving(
                    keys=[_PREFIX + key, other], args=[left, lifetime]
                )
        return _document(key, stored, now)

    async def look(self, key: str, now: datetime) -> dict[str, Any] | None:
        with _one_vocabulary():
            stored = await self._redis.get(_PREFIX + key)
        return _document(key, stored, now)

    async def replace(self, record: Record) -> None:
        key, stored, lifetime = self._stored(record)
        with _one_vocabulary():
            await self._redis.set(key, stored, px=lifetime, xx=True)

    def _stored(self, record: Record) -> tuple[str, str, int]:
        """Key, value and lifetime in milliseconds."""
        # A lifetime rather than a date: the server's clock need not be ours.
        lifetime = max(record.expires_at - self._clock.now(), _AT_LEAST)
        until = record.expires_at.timestamp()
        stored = json.dumps({"sealed": dict(record.document), "until": until})
        return _PREFIX + record.key, stored, round(lifetime / _AT_LEAST)

    async def ping(self) -> None:
        with _one_vocabulary():
            await self._redis.exists(_PREFIX)

    async def close(self) -> None:
        await self._redis.aclose()


def _document(key: str, stored: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ANN401
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


@contextmanager
def _one_vocabulary() -> Generator[None]:
    try:
        yield
    except (RedisError, OSError) as fault:
        raise StoreUnavailable(
            f"The gateway's Redis cannot be used just now ({type(fault).__name__})."
        ) from None
