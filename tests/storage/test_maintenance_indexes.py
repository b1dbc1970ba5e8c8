"""What maintenance deletes of large tables is found by an index, however little of it there is."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.operations.maintenance import old_rows
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import RowsPast
from notion_gateway.storage.schema.conversations import conversation_messages, conversations
from tests.support.migrated import put_migrated_database
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

LARGE = {
    "gateway_tokens",
    "client_grants",
    "client_refresh_tokens",
    "webhook_deliveries",
    "secrets",
    "conversations",
    "conversation_messages",
    "oauth_states",
    "used_once",
    "device_logins",
    "oauth_clients",
    "catalogues",
    "learned_budgets",
}
BY_PAGE = {"snapshots", "catalogue_changes", "grant_uses"}
"""What is old there, no index says."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    put_migrated_database(tmp_path / "gateway.sqlite3")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    yield database
    await database.close()


async def read_whole(database: Database, statement: sa.ClauseElement) -> set[str]:
    """The tables that SQLite reads from the first row to the last."""
    async with database.reading() as connection:
        asked = statement.compile(connection.sync_connection, compile_kwargs=LITERAL)
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")
        steps = [str(row.detail).split() for row in plan]
        return {step[1] for step in steps if step[0] == "SCAN"}


LITERAL = {"literal_binds": True}


async def test_no_large_table_is_read_as_a_whole(database: Database, tmp_path: Path) -> None:
    settings = Settings(gateway_data_dir=tmp_path)
    rules = [
        rows
        for rows in old_rows(database, settings, lambda: [b"k" * 32])
        if isinstance(rows, RowsPast) and rows.table in LARGE
    ]
    assert {one.table for one in rules} == LARGE
    for rows in rules:
        assert not LARGE & await read_whole(database, rows.statement(NOW)), rows.rule


async def test_what_no_index_finds_is_read_in_pages(database: Database, tmp_path: Path) -> None:
    settings = Settings(gateway_data_dir=tmp_path)
    rules = [
        rows
        for rows in old_rows(database, settings, lambda: [b"k" * 32])
        if isinstance(rows, RowsPast) and rows.by_page
    ]
    assert {one.table for one in rules} == BY_PAGE
    for rows in rules:
        assert not BY_PAGE & await read_whole(database, rows.page(NOW, "m")), rows.rule
        at_once = await read_whole(database, rows.statement(NOW))
        assert rows.table in at_once, "the control"


async def test_control_messages_of_no_conversation_are_found_by_reading_all(
    database: Database,
) -> None:
    kept = sa.exists().where(
        *(
            conversation_messages.c[name] == conversations.c[name]
            for name in ("space_id", "user_id", "conversation_id")
        )
    )
    rows = RowsPast(database, conversation_messages, "never", lambda _: ~kept)
    assert "conversation_messages" in await read_whole(database, rows.statement(NOW))
