import asyncio
import contextlib
import random

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.space_events import SpaceCreated
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Authorized, Disconnected, RefreshStarted
from notion_gateway.storage import change_feed
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema.events import changes
from tests.support.samples import NOW, grant, pair
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

FIRST = Authorized(at=NOW, grant=grant(), tokens=pair())
INTENT = RefreshStarted(at=NOW, process_id="p1", refresh_token_sha256="0" * 64)
LAST = Disconnected(at=NOW, process_id="p1", disconnected_by="ann")


async def test_another_process_hears_of_replaced_tokens_once_and_of_nothing_else(
    database: Database,
) -> None:
    store, feed = IntegrationEvents(database), ChangeFeed(database)
    await store.append("one", 0, [FIRST])
    await store.append("two", 0, [FIRST])
    assert sorted(await _heard(feed)) == [("one", 1), ("two", 1)]
    assert await _heard(feed) == []
    await store.append("one", 1, [INTENT])
    assert await _heard(feed) == []
    await store.append("one", 2, [LAST])
    assert await _heard(feed) == [("one", 3)]


async def test_a_change_that_commits_after_a_later_one_is_not_overlooked(
    database: Database,
) -> None:
    feed = ChangeFeed(database)
    row = {"space_id": "late", "version": 1, "at": database_now()}
    async with database.writing() as slow:
        # Its id is taken now; on SQLite nobody else can write meanwhile.
        await slow.execute(sa.insert(changes).values(row))
        if slow.dialect.name == "postgresql":
            async with database.writing() as quick:
                await quick.execute(sa.insert(changes).values({**row, "space_id": "early"}))
            assert await _heard(feed) == [("early", 1)]
    assert await _heard(feed) == [("late", 1)]


async def test_notices_that_commit_in_any_order_are_each_heard_once(database: Database) -> None:
    """Many transactions at once, some of which are rolled back and leave a gap."""
    feed = ChangeFeed(database)
    heard: list[str] = []
    kept: set[str] = set()
    chance = random.Random(1)  # noqa: S311

    async def one(number: int) -> None:
        row = {"space_id": f"s{number}", "version": 1, "at": database_now()}
        with contextlib.suppress(RuntimeError):
            async with database.writing() as connection:
                await connection.execute(sa.insert(changes).values(row))
                await asyncio.sleep(chance.random() / 20)
                if chance.random() < 0.2:
                    raise RuntimeError
                kept.add(f"s{number}")

    writing = asyncio.gather(*(one(number) for number in range(60)))
    while not writing.done():
        heard += [space_id for space_id, _ in await _heard(feed)]
        await asyncio.sleep(0)
    heard += [space_id for space_id, _ in await _heard(feed)]
    assert sorted(heard) == sorted(kept)


async def test_old_notices_are_swept_away(database: Database) -> None:
    old = {"space_id": "old", "version": 1, "at": database_now() - 3600}
    async with database.writing() as connection:
        await connection.execute(sa.insert(changes).values(old))
    await ChangeFeed(database).sweep()
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(changes)) == 0


async def test_a_follower_hears_within_moments(database: Database) -> None:
    heard: asyncio.Queue[Notice] = asyncio.Queue()
    looks = 0

    def looked() -> None:
        nonlocal looks
        looks += 1

    def lost() -> None:
        raise AssertionError

    feed = ChangeFeed(database, poll_seconds=0.02, busy_poll_seconds=0.02)
    stop = asyncio.Event()
    following = asyncio.create_task(feed.follow(heard.put_nowait, looked, lost, stop))
    await IntegrationEvents(database).append("space", 0, [FIRST])
    assert await asyncio.wait_for(heard.get(), PATIENCE_SECONDS) == Notice(
        Topic.CREDENTIALS, "space", 1
    )
    stop.set()
    await asyncio.wait_for(following, PATIENCE_SECONDS)
    assert looks > 0


async def test_notices_are_heard_beyond_the_ids_of_32_bits(database: Database) -> None:
    beyond = 2**32
    async with database.writing() as connection:
        row = {"id": beyond, "space_id": "one", "version": 1, "at": database_now()}
        await connection.execute(sa.insert(changes).values(row))
        if connection.dialect.name == "postgresql":
            last = sa.func.pg_get_serial_sequence("changes", "id")
            await connection.execute(sa.select(sa.func.setval(last, beyond + 5)))
    feed = ChangeFeed(database)
    assert [one.space_id for one in await feed.look()] == ["one"]
    await feed.tell(Topic.ACCESS, ["two"])
    assert [one.space_id for one in await feed.look()] == ["two"]
    await feed.tell(Topic.ACCESS, ["three"])
    assert [one.space_id for one in await feed.look()] == ["three"]


async def test_a_topic_of_a_newer_version_is_passed_over(database: Database) -> None:
    row = {"space_id": "one", "version": 1, "at": database_now(), "topic": "of tomorrow"}
    async with database.writing() as connection:
        await connection.execute(sa.insert(changes).values(row))
    assert await ChangeFeed(database).look() == []


async def test_who_belongs_and_which_tokens_count_is_told_too(database: Database) -> None:
    feed = ChangeFeed(database)
    created = SpaceCreated(at=NOW, name="Team", created_by="ada")
    await SpaceStore(database).append("one", 0, [created])
    assert await feed.look() == [Notice(Topic.ACCESS, "one", 1)]
    await GatewayTokenStore(database).end("one", ["t"], "ada", NOW)
    assert await feed.look() == [Notice(Topic.ACCESS, "one", 0)]


async def _heard(feed: ChangeFeed) -> list[tuple[str, int]]:
    found = await feed.look()
    assert all(notice.topic is Topic.CREDENTIALS for notice in found)
    return [(notice.space_id, notice.version) for notice in found]


async def test_old_notices_go_some_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "SWEPT_AT_ONCE", 2)
    async with database.writing() as connection:
        for number in range(3):
            row = {"space_id": f"s{number}", "version": 1, "at": database_now() - 200.0}
            await connection.execute(sa.insert(changes).values(row))
    feed = ChangeFeed(database)
    assert await feed.sweep()
    assert not await feed.sweep()
    async with database.reading() as connection:
        assert not (await connection.execute(sa.select(changes))).all()
