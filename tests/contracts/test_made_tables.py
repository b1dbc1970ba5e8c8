"""A new database, which is made at once, and one that went through every migration."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import sqlalchemy as sa

from notion_gateway.storage.database import Database
from notion_gateway.storage.making import make_where_new
from notion_gateway.storage.migrating import upgrade
from notion_gateway.storage.schema import REVISION
from tests.support.databases import PostgresServer, new_database

pytestmark = pytest.mark.anyio

OF_A_TABLE = (
    "get_indexes",
    "get_unique_constraints",
    "get_foreign_keys",
    "get_check_constraints",
)


@asynccontextmanager
async def empty(kind: str, server: PostgresServer) -> AsyncGenerator[Database]:
    in_memory = kind == "sqlite"
    url = "sqlite+aiosqlite://" if in_memory else server.url(await new_database(server))
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def said(found: object) -> object:
    """With conditions as they are written, and not as objects."""
    if isinstance(found, dict):
        return {name: said(one) for name, one in cast("dict[str, object]", found).items()}
    return str(found) if isinstance(found, sa.ClauseElement) else found


def tables(connection: sa.Connection) -> dict[str, object]:
    """All that the database tells of them; the order of columns aside, which nothing goes by."""
    database = sa.inspect(connection)

    def columns(table: str) -> dict[str, dict[str, Any]]:
        return {
            one["name"]: {**one, "type": str(one["type"])} for one in database.get_columns(table)
        }

    def rest(table: str, what: str) -> list[str]:
        found: list[object] = getattr(database, what)(table)
        return sorted(str(said(one)) for one in found)

    return {
        table: (
            columns(table),
            database.get_pk_constraint(table),
            [rest(table, what) for what in OF_A_TABLE],
        )
        for table in database.get_table_names()
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_new_database_is_as_all_migrations_together_make_it(
    kind: str, postgres: PostgresServer
) -> None:
    async with empty(kind, postgres) as new, empty(kind, postgres) as migrated:
        async with migrated.writing() as connection:
            await connection.run_sync(upgrade)
        assert await new.migrate() is None
        async with migrated.reading() as ours, new.reading() as theirs:
            there = await ours.run_sync(tables)
            assert {"events", "alembic_version"} <= there.keys()
            assert await theirs.run_sync(tables) == there
        assert await new.migrate() == REVISION


async def test_where_a_table_of_ours_is_already_nothing_is_made(postgres: PostgresServer) -> None:
    async with empty("sqlite", postgres) as database, database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE events (mine TEXT)"))
        assert await connection.run_sync(make_where_new) is False
        assert (await connection.run_sync(tables)).keys() == {"events"}
