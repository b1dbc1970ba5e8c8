"""Stores that forget everything at the end: for tests of one's own, held to the same contract."""

import asyncio
import time
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import final
from weakref import WeakValueDictionary

from notion_gateway.integration.rules.events import Event, from_record, to_record
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreRefused, VersionConflict
from notion_gateway.ports import RecordedEvent, SealedSecret


@final
class MemoryEventStore:
    def __init__(self) -> None:
        self._streams: dict[str, list[Event]] = {}
        self._secrets: dict[str, SealedSecret] = {}
        self._stored: dict[str, float] = {}

    async def load(self, space_id: str) -> Sequence[RecordedEvent]:
        stream = self._streams.get(space_id, [])
        # Through the record form and back, so that what only an object could hold is not kept.
        return [
            RecordedEvent(version, from_record(to_record(event)))
            for version, event in enumerate(stream, start=1)
        ]

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: Sequence[Event],
        *,
        seal: Sequence[SealedSecret] = (),
        destroy: Collection[str] = (),
    ) -> None:
        stream = self._streams.get(space_id, [])
        if len(stream) != expected_version:
            raise VersionConflict
        if any(one.context.secret_id in self._secrets for one in seal):
            raise StoreRefused
        self._streams[space_id] = [*stream, *events]
        for one in seal:
            self._secrets[one.context.secret_id] = one
            self._stored[one.context.secret_id] = time.monotonic()
        for secret_id in destroy:
            if await self.sealed(secret_id, space_id) is not None:
                del self._secrets[secret_id]

    async def sealed(self, secret_id: str, space_id: str) -> SealedSecret | None:
        found = self._secrets.get(secret_id)
        return found if found is not None and found.context.space_id == space_id else None

    async def idle(self, for_seconds: float) -> Sequence[str]:
        before = time.monotonic() - for_seconds
        return [
            one.context.space_id
            for secret_id, one in self._secrets.items()
            if one.context.field == "access_token" and self._stored[secret_id] < before
        ]

    async def sealed_under_others(
        self, key_id: str, *, after: str = "", limit: int = 100
    ) -> Sequence[SealedSecret]:
        others = [
            one
            for secret_id, one in sorted(self._secrets.items())
            if one.key_id != key_id and secret_id > after
        ]
        return others[:limit]

    async def rewrap(self, old: SealedSecret, new: SealedSecret) -> bool:
        secret_id = old.context.secret_id
        if self._secrets.get(secret_id) != old:
            return False
        self._secrets[secret_id] = new
        return True


@final
class MemoryStateStore:
    def __init__(self) -> None:
        self._states: dict[str, tuple[SealedSecret, datetime]] = {}

    async def put(self, key: str, sealed: SealedSecret, expires_at: datetime) -> None:
        self._states[key] = (sealed, expires_at)

    async def take(self, key: str, now: datetime) -> SealedSecret | None:
        self._states = {name: kept for name, kept in self._states.items() if now < kept[1]}
        sealed, _ = self._states.pop(key, (None, None))
        return sealed


@dataclass(frozen=True, slots=True)
class MemoryLease:
    """``deadline`` on the clock of ``steady_seconds``."""

    deadline: float

    async def confirm(self) -> bool:
        return self.in_time()

    def in_time(self) -> bool:
        return steady_seconds() < self.deadline


@final
class MemoryLeaseKeeper:
    """One lock per space, kept only while somebody holds or awaits it."""

    def __init__(self, deadline_seconds: float = 20.0) -> None:
        self._deadline_seconds = deadline_seconds
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, space_id: str) -> AsyncGenerator[MemoryLease]:
        lock = self._locks.setdefault(space_id, asyncio.Lock())
        async with lock:
            yield MemoryLease(steady_seconds() + self._deadline_seconds)
