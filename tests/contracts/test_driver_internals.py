"""What the database's engine leans on inside SQLAlchemy's dialects and the drivers. Where one of
these fails, read storage/database.py against them before the bound in pyproject.toml is raised.
"""

import asyncio
import gc
import threading
from collections.abc import Generator
from pathlib import Path

import aiosqlite
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from notion_gateway.storage.database import Database
from tests.support.databases import PostgresServer
from tests.support.rig import DATABASE_THREAD
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio


async def statements_left_behind(engine: AsyncEngine) -> int:
    """Prepared statements that a server connection keeps, after a few have run on it."""
    async with engine.connect() as connection:
        for number in range(3):
            await connection.execute(sa.text(f"SELECT CAST(:given AS integer) + {number}"), GIVEN)
        counted = "SELECT count(*) FROM pg_prepared_statements"
        return (await connection.execute(sa.text(counted))).scalar_one()


GIVEN = {"given": 1}


async def test_no_statement_keeps_a_name_that_another_process_may_have_given(
    postgres: PostgresServer,
) -> None:
    database = Database(postgres.url())
    try:
        assert await statements_left_behind(database.engine) == 0
    finally:
        await database.close()


async def test_without_the_options_statements_keep_their_names(postgres: PostgresServer) -> None:
    """The control."""
    engine = create_async_engine(postgres.url())
    try:
        assert await statements_left_behind(engine) > 0
    finally:
        await engine.dispose()


async def test_a_caller_who_leaves_while_a_statement_runs_keeps_no_connection(
    postgres: PostgresServer,
) -> None:
    """Of one connection: with it lost, whoever comes next would wait for it, and be refused."""
    database = Database(postgres.url(), pool_size=1)
    try:
        await database.ping()
        for _ in range(3):
            connected = asyncio.Event()
            asking = asyncio.create_task(
                database.ask(sa.select(sa.func.pg_sleep(60)), connected=connected.set)
            )
            waiting = asyncio.create_task(database.ask(sa.select(1)))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await connected.wait()
                waiting.cancel()
                asking.cancel()
                await asyncio.wait((asking, waiting))
            assert asking.cancelled()
            assert waiting.cancelled()
            assert [tuple(row) for row in await database.ask(sa.select(sa.literal(7)))] == [(7,)]
            assert database.connections[0] == 0
    finally:
        await database.close()


async def test_sqlites_driver_has_a_thread_of_this_name(tmp_path: Path) -> None:
    """By which the tests know that it has ended."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    try:
        await database.ping()
        assert any(DATABASE_THREAD in one.name for one in threading.enumerate())
    finally:
        await database.close()


@pytest.fixture
def uncollected() -> Generator[None]:
    """Without the collector, which would end a connection's thread too, some day."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("patience", [2.0, 0.0])
async def test_a_connection_that_is_given_back_while_the_database_closes_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    """Without patience its thread stays: the control."""
    monkeypatch.setattr("notion_gateway.storage.database._GIVEN_BACK_SECONDS", patience)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    given_back = asyncio.Event()

    async def use() -> aiosqlite.Connection:
        async with database.reading() as connection:
            raw = await connection.get_raw_connection()
            kept = raw.driver_connection
            await given_back.wait()
        assert isinstance(kept, aiosqlite.Connection)
        return kept

    using = asyncio.create_task(use())
    await until(lambda: database.connections[0] == 1)
    closing = asyncio.create_task(database.close())
    if patience:
        await asyncio.sleep(0)
    else:
        await closing
    given_back.set()
    connection = await using
    await closing
    if patience:
        await until(lambda: not _threads())
    else:
        assert len(_threads()) == 1
        await connection.close()
        await until(lambda: not _threads())


def _threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if DATABASE_THREAD in one.name]
