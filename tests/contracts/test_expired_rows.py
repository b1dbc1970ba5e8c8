"""Rows that nobody came back for go by themselves, on every database."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.storage import expired_rows
from notion_gateway.storage.database import Database
from notion_gateway.storage.expired_rows import ExpiredRows
from notion_gateway.storage.one_use_records import Record, SqlOneUseRecords
from notion_gateway.storage.schema import metadata
from notion_gateway.storage.schema.access import used_once
from notion_gateway.storage.schema.grants import oauth_states
from notion_gateway.storage.used_once import UsedOnce
from tests.support.samples import NOW
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(minutes=10)


class Clock:
    def now(self) -> datetime:
        return SOON

    def timestamp(self) -> float:
        return self.now().timestamp()


async def left(database: Database) -> dict[str, list[str]]:
    async with database.reading() as connection:
        states = await connection.scalars(sa.select(oauth_states.c.state_key))
        used = await connection.scalars(sa.select(used_once.c.key))
        return {"states": list(states), "used": list(used)}


def break_files(folder: Path) -> None:
    for file in folder.glob("gateway.sqlite3*"):
        file.write_bytes(b"not a database " * 10_000)


async def test_what_has_expired_goes_and_the_rest_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, used = SqlOneUseRecords(database), UsedOnce(database)
    for key, expires_at in {"expired": SOON, "kept": LATER}.items():
        await records.put(Record(key, {}, expires_at))
        await used.use(key, expires_at, NOW)
    monkeypatch.setattr(expired_rows, "_FIRST_SECONDS", 0.01)
    stop = asyncio.Event()

    running = asyncio.create_task(ExpiredRows(database, Clock()).run(stop))
    for _ in range(500):
        if await left(database) == {"states": ["kept"], "used": ["kept"]}:
            break
        await asyncio.sleep(0.01)
    stop.set()
    await running

    assert await left(database) == {"states": ["kept"], "used": ["kept"]}


async def test_a_database_that_is_broken_is_asked_again(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_files(tmp_path)
    monkeypatch.setattr(expired_rows, "_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(expired_rows, "_EVERY_SECONDS", 0.01)
    asked: list[None] = []

    delete = ExpiredRows.delete

    async def counted(self: ExpiredRows, may_go_on: Callable[[], bool]) -> None:
        asked.append(None)
        await delete(self, may_go_on)

    monkeypatch.setattr(ExpiredRows, "delete", counted)
    stop = asyncio.Event()
    running = asyncio.create_task(ExpiredRows(sqlite_database, Clock()).run(stop))
    await until(lambda: len(asked) > 2)
    stop.set()
    await running


def test_every_table_of_which_rows_expire_unasked_for_is_among_them() -> None:
    """A table whose ``expires_at`` ends more than the row's own use is named here, with what
    deletes its rows instead.
    """
    otherwise = {
        "leases",  # one row for each space, taken over by the next refresh
        "gateway_tokens",  # a record of who had access: maintenance, a year later
        "machine_clients",  # the same
        "client_grants",  # the same
        "client_refresh_tokens",  # with the grant's next refresh, or its end, or by maintenance
    }
    expiring = {one.name for one in metadata.sorted_tables if "expires_at" in one.c}

    assert expiring - otherwise == {one.name for one in expired_rows.TABLES}
