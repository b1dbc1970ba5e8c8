import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.kernel.errors import HistoryUnreadable, StoreUnavailable
from notion_gateway.storage.database import Database
from notion_gateway.storage.migrating import revisions
from notion_gateway.storage.schema import REVISION, metadata
from notion_gateway.storage.schema.events import events
from tests.support.folding import history_of

pytestmark = pytest.mark.anyio


@pytest.mark.promise("threats:16")
async def test_an_acknowledged_commit_survives_a_power_cut(sqlite_database: Database) -> None:
    async with sqlite_database.reading() as connection:
        journal = await connection.scalar(sa.text("PRAGMA journal_mode"))
        synchronous = await connection.scalar(sa.text("PRAGMA synchronous"))
        secure_delete = await connection.scalar(sa.text("PRAGMA secure_delete"))
    assert (journal, synchronous, secure_delete) == ("wal", 2, 1)  # 2 is FULL


async def test_the_migrations_make_the_schema_that_the_code_uses(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
    await database.require_migrated()
    await database.migrate()


def test_the_code_names_the_newest_migration() -> None:
    assert revisions()[0] == REVISION


async def test_a_database_of_another_version_is_not_ready(tmp_path: Path) -> None:
    empty = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(StoreUnavailable):
        await empty.require_migrated()
    await empty.close()


async def test_two_writers_wait_for_each_other(sqlite_database: Database) -> None:
    row: dict[str, object] = {"stream": "s", "type": "t", "data": None}
    entered = asyncio.Event()

    async def first() -> None:
        async with sqlite_database.writing() as connection:
            await connection.execute(sa.insert(events), {**row, "version": 1})
            entered.set()
            await asyncio.sleep(0.1)

    async def second() -> None:
        await entered.wait()
        async with sqlite_database.writing() as connection:
            last = await connection.scalar(sa.select(sa.func.max(events.c.version)))
            await connection.execute(sa.insert(events), {**row, "version": (last or 0) + 1})

    await asyncio.gather(first(), second())
    async with sqlite_database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(events)) == 2


@pytest.mark.thorough
async def test_a_locked_database_is_unavailable_and_says_no_parameters(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async def write() -> None:
        async with sqlite_database.writing() as connection:
            await connection.execute(sa.insert(events), {"stream": "canary"})

    blocker = sqlite3.connect(tmp_path / "gateway.sqlite3", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreUnavailable) as refused:
            await write()
        assert "canary" not in str(refused.value)
    finally:
        blocker.close()


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    row: dict[str, object] = {"stream": "s", "version": 1, "type": "t", "data": None}

    async def insert_and_fail() -> None:
        async with database.writing() as connection:
            await connection.execute(sa.insert(events), row)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await insert_and_fail()
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(events)) == 0


async def test_one_statement_by_itself_is_committed_and_its_rows_are_told(
    database: Database,
) -> None:
    row: dict[str, object] = {"stream": "s", "version": 1, "type": "t", "data": None}
    connected: list[str] = []
    insert = sa.insert(events)
    assert await database.ask(insert, row, connected=lambda: connected.append("once")) == ()
    found = await database.ask(sa.select(events.c.stream), connected=lambda: connected.append("2"))
    assert [one.stream for one in found] == ["s"]
    assert connected == ["once", "2"]
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(events)) == 1


async def test_a_damaged_event_is_named_and_costs_no_other_space(database: Database) -> None:
    store = IntegrationEvents(database)
    row = {"stream": "notion-integration/bad", "version": 1, "type": "x"}
    damaged = {"type": "NotionIntegrationAuthorized", "grant": "canary"}
    async with database.writing() as connection:
        await connection.execute(sa.insert(events), {**row, "data": damaged})
    with pytest.raises(HistoryUnreadable, match="space bad") as refused:
        await history_of(store, "bad")
    assert "canary" not in str(refused.value)
    assert list(await history_of(store, "good")) == []
