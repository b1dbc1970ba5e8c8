"""What the database's engine leans on inside SQLAlchemy's dialects and the drivers. Where one of
these fails, read storage/database.py against them before the bound in pyproject.toml is raised.
"""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from notion_gateway.storage.database import Database
from tests.support.databases import PostgresServer
from tests.support.rig import DATABASE_THREAD

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


async def test_sqlites_driver_has_a_thread_of_this_name(tmp_path: Path) -> None:
    """By which the tests know that it has ended."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    try:
        await database.ping()
        assert any(DATABASE_THREAD in one.name for one in threading.enumerate())
    finally:
        await database.close()
