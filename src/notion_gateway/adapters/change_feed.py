"""What other processes have changed, so that nothing stale is used for long.

An append that replaces tokens leaves a row behind in its transaction; every process looks
for new rows once a second. That keeps I/O off the path of a call, and needs no broker. Ids
are not read in order, because transactions do not commit in the order of their ids: each
look covers the last minute, and what was seen already is left out.
"""

import asyncio
from collections.abc import Callable
from typing import final

import sqlalchemy as sa
import structlog

from notion_gateway.adapters.database import Database
from notion_gateway.adapters.database_clock import database_now
from notion_gateway.adapters.schema import changes
from notion_gateway.domain.errors import StoreUnavailable
from notion_gateway.waiting import happens_within

log = structlog.stdlib.get_logger()

_LOOK_BACK_SECONDS = 60.0
_KEEP_SECONDS = 120.0


@final
class SqlChangeFeed:
    def __init__(self, database: Database, *, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._seen: frozenset[int] = frozenset()

    async def follow(
        self, changed: Callable[[str, int], None], lost: Callable[[], None], stop: asyncio.Event
    ) -> None:
        """Calls ``changed`` with each space and its stream's version, until ``stop`` is set.

        ``lost`` is called when looks have failed for longer than one of them covers: then
        anything may have changed.
        """
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            try:
                found = await self.look()
            except StoreUnavailable:
                log.warning("change_feed_interrupted")
            else:
                if loop.time() - looked > _LOOK_BACK_SECONDS:
                    lost()
                looked = loop.time()
                for space_id, version in found:
                    changed(space_id, version)
            if await happens_within(stop, self._poll_seconds):
                return

    async def look(self) -> list[tuple[str, int]]:
        """Spaces that changed since the last look; the rows of long ago are deleted."""
        recent = sa.select(changes.c.id, changes.c.space_id, changes.c.version).where(
            changes.c.at > database_now() - _LOOK_BACK_SECONDS
        )
        outdated = changes.c.at < database_now() - _KEEP_SECONDS
        async with self._database.reading() as connection:
            rows = (await connection.execute(recent)).all()
            sweep = await connection.scalar(sa.select(changes.c.id).where(outdated).limit(1))
        if sweep is not None:
            async with self._database.writing() as connection:
                await connection.execute(sa.delete(changes).where(outdated))
        fresh = [(row.space_id, row.version) for row in rows if row.id not in self._seen]
        self._seen = frozenset(row.id for row in rows)
        return fresh
