"""What other processes have changed, so that nothing stale is used for long.

A change leaves a notice behind in its transaction; every process looks for new ones twice a
second. That keeps I/O off the path of a call, and needs no broker. Ids are not read in order,
because transactions do not commit in the order of their ids: each look covers the last minute,
and what was seen already is left out.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema import changes

log = structlog.stdlib.get_logger()

_LOOK_BACK_SECONDS = 60.0
_LOST_AFTER_SECONDS = 30.0
"""Half of it: a transaction dates its notice before it commits, and that may take a while."""

_KEEP_SECONDS = 120.0


class Topic(StrEnum):
    """``CREDENTIALS``: a space's Notion tokens were replaced. ``ACCESS``: its members or
    gateway tokens have changed.
    """

    CREDENTIALS = "credentials"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Notice:
    """``version``: the stream's new one, for ``Topic.CREDENTIALS``."""

    topic: Topic
    space_id: str
    version: int


async def leave_notice(
    connection: AsyncConnection, topic: Topic, space_id: str, version: int
) -> None:
    """In the transaction of the change itself."""
    row = {"topic": topic, "space_id": space_id, "version": version, "at": database_now()}
    await connection.execute(sa.insert(changes).values(row))


@final
class ChangeFeed:
    def __init__(self, database: Database, *, poll_seconds: float = 0.5) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._seen: frozenset[int] = frozenset()

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
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            try:
                found = await self.look()
            except StoreUnavailable:
                log.warning("change_feed_interrupted")
            else:
                if loop.time() - last > _LOST_AFTER_SECONDS:
                    lost()
                last = loop.time()
                for notice in found:
                    changed(notice)
                looked()
            if await happens_within(stop, self._poll_seconds):
                return

    async def look(self) -> list[Notice]:
        """What changed since the last look; the rows of long ago are deleted."""
        recent = sa.select(changes).where(changes.c.at > database_now() - _LOOK_BACK_SECONDS)
        outdated = changes.c.at < database_now() - _KEEP_SECONDS
        async with self._database.reading() as connection:
            rows = (await connection.execute(recent)).all()
            sweep = await connection.scalar(sa.select(changes.c.id).where(outdated).limit(1))
        if sweep is not None:
            async with self._database.writing() as connection:
                await connection.execute(sa.delete(changes).where(outdated))
        # A topic of a newer version speaks about a cache that this one does not have.
        fresh = [
            Notice(Topic(row.topic), row.space_id, row.version)
            for row in rows
            if row.id not in self._seen and row.topic in tuple(Topic)
        ]
        self._seen = frozenset(row.id for row in rows)
        return fresh
