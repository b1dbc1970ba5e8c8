"""Maintenance beside other gateways, killed in the middle, and on a database that is away."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import final

import pytest
import sqlalchemy as sa

from notion_gateway.integration import old_renewals
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.old_renewals import OldRenewals
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.operations.maintenance import TURN, Maintenance
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import Counted, OldRows
from notion_gateway.storage.schema.events import events
from notion_gateway.storage.schema.grants import leases
from tests.contracts.test_expired_rows import break_files
from tests.contracts.test_old_renewals import (
    KEEP,
    delete,
    left,
    old_life,
    plant,
    renewal,
    without_snapshot,
)
from tests.faults.children import Child
from tests.faults.places import Kind, settings_on, sqlite_file
from tests.support.databases import PostgresServer
from tests.support.leases import LeaseUntil
from tests.support.samples import NOW
from tests.support.waiting import until

RENEWALS = 3_000


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer) -> str:
    kind: Kind = request.param
    at: str | None = settings_on(kind, postgres).get("database_url")
    return at or f"sqlite+aiosqlite:///{sqlite_file(tmp_path)}"


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Database]:
    database = Database(url)
    await database.migrate()
    yield database
    await database.close()


@final
class Counting:
    """Twenty batches of nothing; counts who is at them at the same time."""

    table = "counted"
    rule = "never"

    def __init__(self) -> None:
        self.at_work = self.most = self.passes = 0

    async def count(self, now: datetime) -> Counted:
        del now
        return Counted(0, 0)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        del now
        self.at_work += 1
        self.most, self.passes = max(self.most, self.at_work), self.passes + 1
        try:
            for _ in range(20):
                await asyncio.sleep(0.005)
                yield 1
        finally:
            self.at_work -= 1


def gateways(one: Database, other: Database, rows: OldRows) -> list[Maintenance]:
    return [Maintenance([rows], database, SystemClock()) for database in (one, other)]


def test_of_two_gateways_one_does_it_and_nobody_again_before_it_is_time(url: str) -> None:
    rows, stop = Counting(), asyncio.Event()

    async def work() -> None:
        async with opened(url) as one, opened(url) as other:
            both = gateways(one, other, rows)
            done = await asyncio.gather(*(each.take_turn(stop) for each in both for _ in range(3)))
            assert [one for one in done if one is not None] == [{"counted": 20}]
            assert [await each.take_turn(stop) for each in both] == [None, None]

            async with one.writing() as connection:  # hours later
                await connection.execute(sa.update(leases).values(expires_at=1.0))
            assert await both[1].take_turn(stop) == {"counted": 20}

    asyncio.run(work())
    assert (rows.most, rows.passes) == (1, 2)


def test_the_lease_is_no_spaces() -> None:
    assert not is_space_id(TURN)


def test_without_the_lease_both_would_be_at_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def free(_: Leases, name: str) -> AsyncGenerator[LeaseUntil]:
        assert name == TURN
        yield LeaseUntil(float("inf"))

    monkeypatch.setattr(Leases, "hold", free)
    rows, stop = Counting(), asyncio.Event()

    async def work() -> None:
        async with opened(url) as one, opened(url) as other:
            await asyncio.gather(*(each.take_turn(stop) for each in gateways(one, other, rows)))

    asyncio.run(work())
    assert rows.most == 2


def test_a_gateway_that_stops_leaves_the_rest_to_the_next_one(url: str) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        stop.set()
        async with opened(url) as one, opened(url) as other:
            first, second = gateways(one, other, Counting())
            assert await first.take_turn(stop) == {"counted": 1}
            assert await second.take_turn(asyncio.Event()) == {"counted": 20}

    asyncio.run(work())


async def _count(database: Database) -> int:
    async with database.reading() as connection:
        query = sa.select(sa.func.count()).select_from(events)
        return (await connection.execute(query)).scalar_one()


def test_a_gateway_killed_while_it_deletes_loses_nothing_and_the_next_one_ends_it(
    url: str,
) -> None:
    history = old_life(RENEWALS)

    async def prepared() -> Integration:
        async with opened(url) as database:
            return await plant(database, "space", history, len(history) - 10)

    known = asyncio.run(prepared())

    async def deleting() -> str:
        async with opened(url) as database:
            return f"ended: {await delete(database)}"

    def in_small_batches() -> None:
        setattr(old_renewals, "BATCH", 5)  # noqa: B010 - from outside, on purpose

    child = Child(deleting, in_small_batches)

    async def kill_and_look() -> None:
        async with opened(url) as database:
            while await _count(database) > len(history) - 100:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
            os.kill(child.pid, signal.SIGKILL)
            assert await asyncio.to_thread(child.result) == "killed"
            assert 100 < await _count(database) <= len(history) - 100, "it was not in the middle"

            store = IntegrationEvents(database)
            assert await store.state("space") == known
            await delete(database)
            assert len(await left(database, "space")) == 12
            assert await store.state("space") == known
            assert await without_snapshot(database, "space") == known

    asyncio.run(kill_and_look())


def test_a_database_that_is_broken_ends_neither_the_gateway_nor_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    take_turn = Maintenance.take_turn

    async def counted(self: Maintenance, stop: asyncio.Event) -> object:
        asked.append(None)
        return await take_turn(self, stop)

    monkeypatch.setattr(Maintenance, "take_turn", counted)

    async def work() -> None:
        async with opened(f"sqlite+aiosqlite:///{sqlite_file(tmp_path)}") as database:
            break_files(tmp_path)
            rows, stop = [OldRenewals(database, KEEP)], asyncio.Event()
            job = Maintenance(rows, database, SystemClock(), ask_seconds=0.01)
            running = asyncio.create_task(job.run(stop))
            await until(lambda: len(asked) > 2)
            stop.set()
            await running

    asyncio.run(work())


def test_appends_go_on_while_many_old_rows_are_deleted(url: str) -> None:
    """SQLite has one writer at a time: none waits for more than a batch."""
    history = old_life(RENEWALS)

    async def work() -> None:
        async with opened(url) as one, opened(url) as other:
            await plant(one, "old", history, len(history))
            job = Maintenance([OldRenewals(one, KEEP)], one, SystemClock())
            deleting = asyncio.create_task(job.now())
            store, loop, waited = (
                IntegrationEvents(other),
                asyncio.get_running_loop(),
                list[float](),
            )
            while not deleting.done():
                began = loop.time()
                await store.append("busy", len(waited), renewal(NOW)[:1])
                waited.append(loop.time() - began)
            assert (await deleting)["events"] == 2 * RENEWALS - 1
        assert len(waited) > 10
        assert max(waited) < 2

    asyncio.run(work())
