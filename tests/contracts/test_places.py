"""Connections are kept for who must store something, however many others read and wait."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Authorized
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from notion_gateway.storage.places import Places, coming_first
from tests.support.samples import NOW, grant, pair
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

READERS = 40
FIRST = Authorized(at=NOW, grant=grant(), tokens=pair())


def for_others(database: Database) -> int:
    """How many connections readers can get."""
    return 10 - 2 if database.changes_tables_at_once else 15 - 7


@asynccontextmanager
async def crowded(database: Database) -> AsyncGenerator[None]:
    """Readers have every connection that they can get until the end of the block, and more of
    them wait.
    """
    reading, over = 0, asyncio.Event()

    async def read() -> None:
        nonlocal reading
        with contextlib.suppress(StoreUnavailable):
            async with database.reading() as connection:
                await connection.exec_driver_sql("SELECT 1")
                reading += 1
                await over.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(READERS):
            group.create_task(read())
        await until(lambda: reading == for_others(database))
        try:
            yield
        finally:
            over.set()


@pytest.mark.promise("threats:46")
async def test_what_comes_first_is_stored_while_readers_have_every_other_connection(
    database: Database,
) -> None:
    store = IntegrationEvents(database)
    async with crowded(database):
        with coming_first():
            async with asyncio.timeout(PATIENCE_SECONDS):
                await store.append("space", 0, [FIRST])
    assert (await store.state("space")).version == 1


async def test_without_coming_first_it_waits_behind_them(database: Database) -> None:
    """The control."""
    database.places = Places(for_others(database), kept=0, patience_seconds=0.1)
    store = IntegrationEvents(database)
    async with crowded(database):
        with pytest.raises(StoreUnavailable):
            await store.append("space", 0, [FIRST])
    assert (await store.state("space")).version == 0


async def test_a_task_that_is_begun_by_who_comes_first_does_too(database: Database) -> None:
    store = IntegrationEvents(database)
    async with crowded(database):
        with coming_first():
            storing = asyncio.create_task(store.append("space", 0, [FIRST]))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await storing
