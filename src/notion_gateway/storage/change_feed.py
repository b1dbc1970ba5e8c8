"""What other processes have changed, so that nothing stale is used for long.

A change leaves a notice behind in its transaction; every process looks for new ones once a second,
and twice while there are some. That keeps I/O off the path of a call, and needs no broker. (A
server that told of them by itself, as PostgreSQL's NOTIFY does, cannot be heard through a pooler of
connections.) Transactions do not commit in the order of their ids, so each look covers the last
minute; on PostgreSQL without what was read already (``notice_ids.py``). SQLite, which has one
writer at a time, gives ids again once their rows are gone.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now, seconds_ago
from notion_gateway.storage.notice_ids import NoticeIds
from notion_gateway.storage.schema.events import changes
from notion_gateway.storage.steps import Condition, Step

log = structlog.stdlib.get_logger()

_LOOK_BACK_SECONDS = 60.0
_LOST_AFTER_SECONDS = 30.0
"""Half of it: a transaction dates its notice before it commits, and that may take a while."""

_KEEP_SECONDS = 120.0
_SWEEP_EVERY_SECONDS = 60.0
SWEPT_AT_ONCE = 1000
_BUSY_SECONDS = 10.0
"""So long after the last notice, others are expected."""


class Topic(StrEnum):
    """``CREDENTIALS``: a grant's Notion tokens were replaced. ``ACCESS``: its members or
    gateway tokens have changed. ``POLICY``: what may be called there has. ``LISTS``: Notion has
    said that what it lists has changed. ``APPROVALS``: a person has answered a question, or taken
    back the call that it was about. ``GRANTS``: with whose grant people act in a space has.
    ``CATALOGUE``: what is known of a space's tools has. ``AUDIT``: what a space asks to have
    recorded has. ``ISSUERS``: an issuer's word counts no longer, or again, in every space.
    """

    CREDENTIALS = "credentials"
    ACCESS = "access"
    LISTS = "lists"
    POLICY = "policy"
    APPROVALS = "approvals"
    GRANTS = "grants"
    CATALOGUE = "catalogue"
    AUDIT = "audit"
    ISSUERS = "issuers"


@dataclass(frozen=True, slots=True)
class Notice:
    """``space_id``: for ``Topic.CREDENTIALS`` the grant's id, which is the space's for the shared
    one; empty for ``Topic.ISSUERS``. ``version``: the stream's new one, for
    ``Topic.CREDENTIALS``; the catalogue's for ``Topic.CATALOGUE``; 0 for those that have none.
    """

    topic: Topic
    space_id: str
    version: int


def _leave(where: Condition | None) -> sa.Insert:
    left = sa.select(
        sa.bindparam("new_topic", type_=sa.Text),
        sa.bindparam("of_space", type_=sa.Text),
        sa.bindparam("at_version", type_=sa.Integer),
        database_now(),
    )
    columns = ["topic", "space_id", "version", "at"]
    return sa.insert(changes).from_select(
        columns, left if where is None else left.where(where), include_defaults=False
    )


def notice(topic: Topic, space_id: str, version: int) -> Step:
    """For the append that is the change itself."""
    return Step(_leave, {"new_topic": topic, "of_space": space_id, "at_version": version})


async def leave_notice(
    connection: AsyncConnection, topic: Topic, space_id: str, version: int
) -> None:
    """In the transaction of the change itself."""
    await notice(topic, space_id, version).take(connection)


RECENT = sa.select(changes).where(changes.c.at > seconds_ago(_LOOK_BACK_SECONDS))
OUTDATED = sa.select(changes.c.id).where(changes.c.at < seconds_ago(_KEEP_SECONDS))


@final
class ChangeFeed:
    def __init__(
        self, database: Database, *, poll_seconds: float = 1.0, busy_poll_seconds: float = 0.5
    ) -> None:
        """``busy_poll_seconds``: between two looks while notices come in."""
        self._database = database
        self._poll_seconds = poll_seconds
        self._busy_poll_seconds = busy_poll_seconds
        self._seen: frozenset[int] = frozenset()
        self._ids = NoticeIds(_LOOK_BACK_SECONDS)
        self._links_made = 0
        self._looked_at = steady_seconds()

    @property
    def delay_seconds(self) -> float:
        """Since the last look that the database answered: so old may be what is remembered."""
        return steady_seconds() - self._looked_at

    async def follow(
        self,
        changed: Callable[[Notice], None],
        looked: Callable[[], None],
        lost: Callable[[], None],
        stop: asyncio.Event,
    ) -> None:
        """Calls ``changed`` with each notice, then ``looked``, until ``stop`` is set.

        ``lost`` is called when looks have failed for so long that the next one may not cover
        all of the time: then anything may have changed.
        """
        last, busy_until, sweep_at = steady_seconds(), 0.0, 0.0
        while True:
            try:
                found = await self.look()
            except StoreUnavailable:
                self._ids.forget()
                log.warning("change_feed_interrupted")
            else:
                if steady_seconds() - last > _LOST_AFTER_SECONDS:
                    lost()
                last = steady_seconds()
                if found:
                    busy_until = last + _BUSY_SECONDS
                for notice in found:
                    log.debug("change_seen", **asdict(notice))
                    changed(notice)
                looked()
                if steady_seconds() >= sweep_at:
                    more = await self._sweep_if_possible()
                    pause = 0.0 if more else random.uniform(0.5, 1.5) * _SWEEP_EVERY_SECONDS  # noqa: S311 - spreads gateways
                    sweep_at = steady_seconds() + pause
            is_busy = steady_seconds() < busy_until
            pause = self._busy_poll_seconds if is_busy else self._poll_seconds
            if await happens_within(stop, pause):
                return

    async def _sweep_if_possible(self) -> bool:
        try:
            return await self.sweep()
        except StoreUnavailable:
            log.warning("changes_not_swept")
            return False

    async def tell(self, topic: Topic, space_ids: Iterable[str]) -> None:
        """Leaves a notice for each space, of a change that no transaction here has made. Raises
        StoreUnavailable.
        """
        async with self._database.writing() as connection:
            for space_id in space_ids:
                await leave_notice(connection, topic, space_id, 0)

    async def sweep(self) -> bool:
        """Deletes rows of long ago, so many at most that no look waits for it; whether there may be
        more.
        """
        some = OUTDATED.limit(SWEPT_AT_ONCE)
        async with self._database.autocommit() as connection:
            swept = await connection.execute(sa.delete(changes).where(changes.c.id.in_(some)))
        return swept.rowcount == SWEPT_AT_ONCE

    async def look(self) -> list[Notice]:
        """What changed since the last look, in one statement."""
        recent = RECENT
        async with self._database.reading() as connection:
            if self._links_made != self._database.links_made:
                # Perhaps to another server, one that took over without the newest notices.
                self._ids.forget()
                self._links_made = self._database.links_made
            if connection.dialect.name == "postgresql" and self._ids.newest is not None:
                is_new = changes.c.id > self._ids.newest
                late = sa.literal(list(self._ids.may_come()), sa.ARRAY(sa.BigInteger))
                recent = recent.where(is_new | (changes.c.id == sa.any_(late)))
            rows = (await connection.execute(recent)).all()
        self._looked_at = steady_seconds()
        self._ids.saw((row.id for row in rows), steady_seconds())
        # A topic of a newer version speaks about a cache that this one does not have.
        fresh = [
            Notice(Topic(row.topic), row.space_id, row.version)
            for row in rows
            if row.id not in self._seen and row.topic in tuple(Topic)
        ]
        self._seen = frozenset(row.id for row in rows)
        return fresh
