"""Deletes rows that nobody came back for, whether or not anybody comes by again."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Final, final

import sqlalchemy as sa
import structlog

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import RowsPast
from notion_gateway.storage.schema.access import used_once
from notion_gateway.storage.schema.clients import device_logins
from notion_gateway.storage.schema.grants import oauth_states

log = structlog.stdlib.get_logger()

_FIRST_SECONDS, _EVERY_SECONDS = 30.0, 600.0
TABLES: Final = (oauth_states, used_once, device_logins)
"""Those whose ``expires_at`` says from when on a row is of no use to anybody."""


def expired(table: sa.Table) -> Callable[[datetime], sa.ColumnElement[bool]]:
    """Says which of its rows have expired by then."""
    return lambda now: table.c.expires_at <= now


@final
class ExpiredRows:
    """Every replica may run this: what is gone is gone."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def delete(self, may_go_on: Callable[[], bool] = lambda: True) -> None:
        """In batches, and asks between them. Raises StoreUnavailable."""
        now = self._clock.now()
        for table in TABLES:
            rows = RowsPast(self._database, table, "once it has expired", expired(table))
            async for _ in rows.delete(now):
                if not may_go_on():
                    return

    async def run(self, stop: asyncio.Event) -> None:
        """Every ten minutes, give or take a half, until ``stop`` is set; goes on where the database
        is away.
        """
        wait = _FIRST_SECONDS
        while not await happens_within(stop, random.uniform(0.5, 1.5) * wait):  # noqa: S311 - spreads gateways
            wait = _EVERY_SECONDS
            try:
                await self.delete(lambda: not stop.is_set())
            except StoreUnavailable:
                log.warning("expired_rows_kept")
