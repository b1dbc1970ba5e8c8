"""Each question over recorded calls that few answer has an index that finds them."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.audit.store import (
    Question,
    _conditions,  # pyright: ignore[reportPrivateUsage]
)
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import audit_entries
from tests.support.migrated import put_migrated_database

pytestmark = pytest.mark.anyio

_e = audit_entries.c
INDEX = "ix_audit_entries_"


async def index_for(database: Database, *conditions: sa.ColumnElement[bool]) -> str:
    """Which one SQLite goes by, for the newest of them."""
    query = sa.select(audit_entries).where(_e.space_id == "birch", *conditions)
    newest = query.order_by(_e.at.desc(), _e.number.desc()).limit(50)
    async with database.reading() as connection:
        asked = newest.compile(connection.sync_connection)  # with its parameters apart
        said = f"EXPLAIN QUERY PLAN {asked}"
        found = (await connection.exec_driver_sql(said, tuple(asked.params.values()))).all()
    (plan,) = [row.detail for row in found]
    return plan.partition(INDEX)[2].partition(" ")[0]


async def test_calls_are_found_by_who_called_by_what_by_reason_and_by_grant(
    tmp_path: Path,
) -> None:
    """The control: by the value alone, no database uses the indexes that leave most calls out."""
    put_migrated_database(tmp_path / "gateway.sqlite3")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    try:
        for question, index in (
            (Question(user_id="ada"), "user"),
            (Question(token="t1"), "token"),
            (Question(tool="notion-search"), "tool"),
            (Question(reason="blocked_by_policy"), "reason"),
            (Question(grant="personal", since=1.0), "grant"),
        ):
            given = _conditions("birch", question)
            assert await index_for(database, *given) == index
        assert await index_for(database, _e.reason == "blocked_by_policy") == "at"
        assert await index_for(database, _e.grant == "personal") == "at"
    finally:
        await database.close()
