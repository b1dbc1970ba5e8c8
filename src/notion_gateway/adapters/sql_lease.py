"""Leases as rows on the database's clock: one holder among all processes and replicas.

A row rather than a session lock, so that it holds behind a transaction pooler too, and
outlives no holder: whoever finds it expired takes it over.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import final

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from notion_gateway.adapters.database import Database
from notion_gateway.adapters.database_clock import database_now
from notion_gateway.adapters.schema import leases
from notion_gateway.domain.errors import RefreshUnavailable, StoreUnavailable
from notion_gateway.ports import Random
from notion_gateway.waiting import happens_within

log = structlog.stdlib.get_logger()

_CLOCK_SLACK = 1.0
_POLL_SECONDS = (0.02, 0.1)


@dataclass(slots=True)
class SqlLease:
    """``deadline`` moves on with every renewal, and stands still when renewing fails."""

    deadline: float


@final
class SqlLeaseKeeper:
    """A holder that lives renews its lease; one that died or hangs loses it within
    ``lease_seconds``.

    ``deadline_seconds`` is counted from before a lease was asked for, so it always ends
    earlier than ``lease_seconds``, which the database counts from when it granted it.
    """

    def __init__(
        self,
        database: Database,
        names: Random,
        *,
        lease_seconds: float = 8.0,
        deadline_seconds: float = 5.0,
        patience_seconds: float = 25.0,
    ) -> None:
        if deadline_seconds >= lease_seconds:
            raise ValueError("the deadline must be shorter than the lease")
        self._database = database
        self._names = names
        self._lease_seconds = lease_seconds
        self._deadline_seconds = deadline_seconds
        self._patience_seconds = patience_seconds

    @asynccontextmanager
    async def hold(self, space_id: str) -> AsyncGenerator[SqlLease]:
        """Raises RefreshUnavailable when others hold it for too long, and StoreUnavailable."""
        holder = self._names.identifier()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._patience_seconds
        while True:
            asked = loop.time()
            if await self._take(space_id, holder):
                break
            if asked >= give_up:
                raise RefreshUnavailable(retry_after_seconds=5)
            await asyncio.sleep(random.uniform(*_POLL_SECONDS))  # noqa: S311 - spreads pollers
        lease = SqlLease(asked + self._deadline_seconds)
        stop = asyncio.Event()
        renewing = asyncio.create_task(self._renew(space_id, holder, lease, stop))
        try:
            yield lease
        finally:
            stop.set()
            await asyncio.wait((renewing,))
            await self._give_back(space_id, holder)

    async def _take(self, space_id: str, holder: str) -> bool:
        """One statement: takes a lease that is free or has run out, by the database's clock."""
        async with self._database.writing() as connection:
            insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
            statement = insert[connection.dialect.name](leases).values(
                space_id=space_id, holder=holder, expires_at=database_now() + self._lease_seconds
            )
            new = statement.excluded
            statement = statement.on_conflict_do_update(
                index_elements=[leases.c.space_id],
                set_={"holder": new.holder, "expires_at": new.expires_at},
                where=(leases.c.expires_at <= database_now())
                # No living lease lasts longer than one: the clock was set back since.
                | (leases.c.expires_at > database_now() + self._lease_seconds + _CLOCK_SLACK),
            ).returning(leases.c.holder)
            return (await connection.execute(statement)).scalar_one_or_none() == holder

    async def _renew(
        self, space_id: str, holder: str, lease: SqlLease, stop: asyncio.Event
    ) -> None:
        """Until ``stop`` is set, or the lease is somebody else's."""
        still_mine = (
            (leases.c.space_id == space_id)
            & (leases.c.holder == holder)
            & (leases.c.expires_at > database_now())
        )
        extended = sa.update(leases).values(expires_at=database_now() + self._lease_seconds)
        loop = asyncio.get_running_loop()
        while not await happens_within(stop, self._deadline_seconds / 3):
            asked = loop.time()
            try:
                async with self._database.writing() as connection:
                    query = extended.where(still_mine).returning(leases.c.holder)
                    renewed = (await connection.execute(query)).one_or_none() is not None
            except StoreUnavailable:
                continue
            if not renewed:
                log.warning("lease_lost", space_id=space_id)
                return
            lease.deadline = asked + self._deadline_seconds

    async def _give_back(self, space_id: str, holder: str) -> None:
        mine = (leases.c.space_id == space_id) & (leases.c.holder == holder)
        try:
            async with self._database.writing() as connection:
                await connection.execute(sa.delete(leases).where(mine))
        except StoreUnavailable:
            log.warning("lease_not_given_back", space_id=space_id)  # it runs out by itself
