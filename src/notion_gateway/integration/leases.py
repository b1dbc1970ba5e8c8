"""Leases as rows on the database's clock: one holder among all processes and replicas.

A row rather than a session lock, so that it holds behind a transaction pooler too, and
outlives no holder: whoever finds it expired takes it over.
"""

import asyncio
import contextlib
import functools
import math
import random
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, final

import sqlalchemy as sa
import structlog
from sqlalchemy.sql.dml import ReturningInsert

from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.lease import Lease
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.tally import Tally
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.grants import leases

log = structlog.stdlib.get_logger()

_CLOCK_SLACK = 1.0
_POLL_SECONDS = (0.02, 0.1)
_GIVE_BACK_AGAIN_SECONDS = 1.0
_NOBODY = ""
"""Holds a lease whose holder has gone while its request may still be under way."""

_OF_GRANT = sa.bindparam("of_grant", type_=sa.Text)
_OF_HOLDER = sa.bindparam("of_holder", type_=sa.Text)
_SECONDS = sa.bindparam("seconds", type_=sa.Double)
_LONGEST = sa.bindparam("longest", type_=sa.Double)


def _left() -> sa.ColumnElement[float]:
    return (leases.c.expires_at - database_now()).label("seconds")


def _living() -> sa.ColumnElement[bool]:
    """None lasts longer than the longest: of one that does, the clock was set back since."""
    return (_left() > 0) & (_left() <= _LONGEST)


@functools.cache
def _held() -> sa.Select[*tuple[Any, ...]]:
    """Who has a lease that has not run out, and for how long."""
    return sa.select(leases.c.holder, _left()).where(leases.c.space_id == _OF_GRANT, _living())


@functools.cache
def _take(dialect: str) -> ReturningInsert[str]:
    """Takes a lease that is free or has run out."""
    statement = upsert(dialect, leases).values(
        space_id=_OF_GRANT, holder=_OF_HOLDER, expires_at=database_now() + _SECONDS
    )
    return statement.on_conflict_do_update(
        index_elements=[leases.c.space_id],
        set_={"holder": statement.excluded.holder, "expires_at": statement.excluded.expires_at},
        where=~_living(),
    ).returning(leases.c.holder)


@final
class _Renewing:
    """Begins when a quarter of the lease's time is over. Most are given back before, so that a task
    for each would be one for nothing.
    """

    def __init__(
        self, renew: Callable[[Lease, asyncio.Event], Coroutine[Any, Any, None]], lease: Lease
    ) -> None:
        self._renew = renew
        self._lease = lease
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        self._begins = loop.call_later(lease.granted_seconds / 4, self._begin)

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._renew(self._lease, self._stop))

    async def ended(self) -> None:
        """Returns when no renewal is under way, and none will be."""
        self._begins.cancel()
        self._stop.set()
        if self._task is not None:
            await asyncio.wait((self._task,))


@final
class Leases:
    """A holder that lives renews its lease; one that died or hangs loses it within
    ``lease_seconds``.

    A request leaves within ``deadline_seconds`` of the moment at which its holder last asked
    for the lease. From then on it is covered for ``under_way_seconds``: so long may Notion, or the
    path to it, still be working on a request whose holder has died, has given up, or cannot
    reach the database. Nobody else sends one with the same grant before that. (Cloudflare, which
    stands before Notion, gives a server a hundred seconds to answer.)

    ``detached`` gives back what could not be given back while the database was away: a lease that
    has covered a request would keep others from renewing until it runs out.
    """

    def __init__(
        self,
        database: Database,
        *,
        lease_seconds: float = 14.0,
        deadline_seconds: float = 3.0,
        under_way_seconds: float = 120.0,
        patience_seconds: float = 25.0,
        detached: Detached | None = None,
    ) -> None:
        if min(lease_seconds, under_way_seconds) <= deadline_seconds:
            raise ValueError("the lease must be longer than the deadline")
        self._database = database
        self._lease_seconds = lease_seconds
        self._deadline_seconds = deadline_seconds
        self._under_way_seconds = under_way_seconds
        self._patience_seconds = patience_seconds
        self._detached = detached
        self.tally = Tally()
        """How long a lease was waited for: ``taken``, or ``given_up``."""

    @asynccontextmanager
    async def hold(self, grant_id: str) -> AsyncGenerator[Lease]:
        """Raises RefreshUnavailable when others hold it for too long, or a request that nobody
        waits for may still be under way; and StoreUnavailable.
        """
        holder = random_identifier()
        give_up = steady_seconds() + self._patience_seconds
        asked = began = steady_seconds()
        outcome = "given_up"
        try:
            while not await self._take(grant_id, holder):
                await self._until_free(grant_id, give_up)
                asked = steady_seconds()
            outcome = "taken"
        finally:
            waited = steady_seconds() - began
            self.tally.note(outcome, waited)
            log.debug("lease_asked", **in_log(grant_id), outcome=outcome, seconds=round(waited, 3))
        lease = Lease(
            self._database,
            grant_id,
            holder,
            asked=asked,
            lease_seconds=self._lease_seconds,
            deadline_seconds=self._deadline_seconds,
            under_way_seconds=self._under_way_seconds,
        )
        renewing = _Renewing(self._renew, lease)
        try:
            yield lease
        finally:
            await renewing.ended()
            await lease.settled()
            if not lease.is_ended:
                await (self._leave_behind if lease.covers_request else self._give_back)(lease)

    async def seconds_left(self, names: Sequence[str]) -> Mapping[str, float]:
        """Of those leases of which there is a row; 0 or less for one that has run out. Raises
        StoreUnavailable.
        """
        query = sa.select(leases.c.space_id, _left()).where(leases.c.space_id.in_(names))
        async with self._database.reading() as connection:
            return {row.space_id: row.seconds for row in await connection.execute(query)}

    async def _take(self, grant_id: str, holder: str) -> bool:
        """One statement: takes a lease that is free or has run out, by the database's clock."""
        given = {
            "of_grant": grant_id,
            "of_holder": holder,
            "seconds": self._lease_seconds,
            "longest": self._longest_seconds,
        }
        return bool(await self._database.ask(_take(self._database.engine.dialect.name), given))

    async def _until_free(self, grant_id: str, give_up: float) -> None:
        """By reading: SQLite has one writer at a time, and who waits must not keep the holder
        from renewing its lease. Raises RefreshUnavailable.
        """
        given = {"of_grant": grant_id, "longest": self._longest_seconds}
        while True:
            found = await self._database.ask(_held(), given)
            if not found:
                return
            if found[0].holder == _NOBODY:
                raise RefreshUnavailable(retry_after_seconds=math.ceil(found[0].seconds))
            if steady_seconds() >= give_up:
                raise RefreshUnavailable(retry_after_seconds=5)
            await asyncio.sleep(random.uniform(*_POLL_SECONDS))  # noqa: S311 - spreads pollers

    @property
    def _longest_seconds(self) -> float:
        return max(self._lease_seconds, self._under_way_seconds) + _CLOCK_SLACK

    async def _renew(self, lease: Lease, stop: asyncio.Event) -> None:
        """Now, and again and again until ``stop`` is set, or the lease is somebody else's; no fault
        ends it.
        """
        while True:
            try:
                renewed = await lease.extend()
            except StoreUnavailable:
                log.warning("lease_not_renewed", **in_log(lease.grant_id))
            except Exception:
                log.exception("lease_not_renewed", **in_log(lease.grant_id))
            else:
                if not renewed:
                    if not lease.may_be_ended:
                        log.warning("lease_lost", **in_log(lease.grant_id))
                    return
            if await happens_within(stop, lease.granted_seconds / 4):
                return

    async def _give_back(self, lease: Lease) -> None:
        if await self._let_go(lease, sa.delete(leases)) or self._detached is None:
            return
        self._detached.run(self._give_back_later(lease), "give back a lease")

    async def _give_back_later(self, lease: Lease) -> None:
        """Until it is given back, or has run out in any case."""
        end = steady_seconds() + self._longest_seconds
        while steady_seconds() < end:
            await asyncio.sleep(_GIVE_BACK_AGAIN_SECONDS)
            with contextlib.suppress(StoreUnavailable):
                await self._change(lease, sa.delete(leases))
                return

    async def _leave_behind(self, lease: Lease) -> None:
        """It runs out by itself, its ``under_way_seconds`` from now."""
        until = database_now() + lease.under_way_seconds
        await self._let_go(lease, sa.update(leases).values(holder=_NOBODY, expires_at=until))

    async def _let_go(self, lease: Lease, change: sa.Delete | sa.Update) -> bool:
        """Whether another try would change nothing."""
        try:
            await self._change(lease, change)
        except StoreUnavailable:
            log.warning("lease_not_given_back", **in_log(lease.grant_id))
            return False
        except Exception:
            # Nor may it take along what its holder has done.
            log.exception("lease_not_given_back", **in_log(lease.grant_id))
        return True

    async def _change(self, lease: Lease, change: sa.Delete | sa.Update) -> None:
        mine = (leases.c.space_id == lease.grant_id) & (leases.c.holder == lease.holder)
        async with self._database.autocommit() as connection:
            await connection.execute(change.where(mine))
