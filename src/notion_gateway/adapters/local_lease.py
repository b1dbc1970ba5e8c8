"""Leases within one process: enough for one gateway on one database."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import final
from weakref import WeakValueDictionary


@dataclass(frozen=True, slots=True)
class LocalLease:
    deadline: float


@final
class LocalLeaseKeeper:
    """One lock per space, kept only while somebody holds or awaits it."""

    def __init__(self, lease_seconds: float = 30.0) -> None:
        self._lease_seconds = lease_seconds
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, space_id: str) -> AsyncGenerator[LocalLease]:
        lock = self._locks.setdefault(space_id, asyncio.Lock())
        async with lock:
            yield LocalLease(asyncio.get_running_loop().time() + self._lease_seconds)
