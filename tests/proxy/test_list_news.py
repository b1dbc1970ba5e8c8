"""``list_changed`` reaches every process on the database, though one of them carries the stream."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.proxy.list_news import ListNews
from notion_gateway.proxy.opening import Proxy
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import changes
from notion_simulator import SimulatorSettings
from notion_simulator import serving as simulating
from tests.faults.places import Kind, on
from tests.proxy.callbacks import state
from tests.proxy.test_lists_from_memory import (
    MODERN,
    Listing,
    heads,
    listed,
    lists_of,
    message,
    nothing,
)
from tests.support.databases import PostgresServer
from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.migrated import new_migrated_database, put_migrated_database
from tests.support.processes import gateway_process
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

CHANGED = b'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'


# --- two gateways on one database -----------------------------------------------------------


@asynccontextmanager
async def two_gateways(
    kind: Kind, folder: Path, monkeypatch: pytest.MonkeyPatch, server: PostgresServer, mcp: Listing
) -> AsyncGenerator[tuple[Rig, Rig]]:
    place = {} if kind == "sqlite" else on(server.url(await new_migrated_database(server)))
    async with (
        a_rig(folder, monkeypatch, mcp=mcp, **place) as one,
        serving_gateway(folder, one.notion.url, **place) as there,
        calling(there.url) as caller,
    ):
        yield one, Rig(one.clock, one.notion, there, caller, folder)


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_other_gateway_drops_a_list_that_has_changed(
    kind: Kind,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres: PostgresServer,
    *,
    is_told: bool,
) -> None:
    """Its list of another space stays. Where nobody is told, which is the control, so does the
    old one, though a later notice has come.
    """
    if not is_told:
        monkeypatch.setattr(ListNews, "came", nothing)
    heard: list[tuple[Proxy, Topic, str]] = []
    changed = Proxy.changed

    def hears(proxy: Proxy, notice: Notice) -> None:
        changed(proxy, notice)
        heard.append((proxy, notice.topic, notice.space_id))

    monkeypatch.setattr(Proxy, "changed", hears)
    listing = Listing()
    async with two_gateways(kind, tmp_path, monkeypatch, postgres, listing) as (one, two):
        there: Proxy = state(two)["proxy"]

        async def connected(space: str) -> None:
            """And the other gateway has heard of it."""
            await one.caller.connect(space)
            await until(lambda: (there, Topic.CREDENTIALS, space) in heard)

        for space in ("team", "other"):
            await connected(space)
        url, who = f"{one.caller.url}/mcp/notion/team", {"X-User-ID": "ada"}
        async with one.caller.http.get(url, headers=who) as stream:
            await until(lambda: len(listing.open) == 1)
            for space in ("team", "other"):
                assert (await listed(two, space=space)).status == 200
            assert len(lists_of(one)) == 0
            listing.open[0].put_nowait(CHANGED)
            await stream.content.readuntil(CHANGED)
            if is_told:
                await until(lambda: (there, Topic.LISTS, "team") in heard)
            await connected("third")
            so_far = len(listing.asked)
            await listed(two)
            await listed(two, space="other")
            assert len(listing.asked) - so_far == int(is_told)
            listing.open[0].put_nowait(b"")


async def test_a_gateway_that_keeps_no_lists_does_nothing_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Listing()
    async with a_rig(tmp_path, monkeypatch, mcp=listing, notion_mcp_list_bytes=0) as rig:
        await rig.caller.connect("team")
        before = rig.sql("SELECT count(*) FROM changes")
        url, who = f"{rig.caller.url}/mcp/notion/team", {"X-User-ID": "ada"}
        async with rig.caller.http.get(url, headers=who) as stream:
            await until(lambda: len(listing.open) == 1)
            listing.open[0].put_nowait(CHANGED)
            await stream.content.readuntil(CHANGED)
            listing.open[0].put_nowait(b"")
        proxy: Proxy = state(rig)["proxy"]
        assert proxy.lists is None
        assert "list news" not in {task.get_name() for task in asyncio.all_tasks()}
        assert rig.sql("SELECT count(*) FROM changes") == before


# --- two workers ----------------------------------------------------------------------------


async def _tools(caller: Caller) -> int:
    answer = await caller.call(
        "team", message("tools/list", MODERN), headers=heads("tools/list", MODERN)
    )
    return len(json.loads(answer.body)["result"]["tools"])


@pytest.mark.thorough
async def test_both_workers_answer_the_new_list(tmp_path: Path) -> None:
    """Callers keep a connection each, which lead to both workers; another one listens."""
    notion = SimulatorSettings(
        auto_consent=True,
        response_mode="json",
        session_ids=False,
        list_ttl_ms=3_600_000,
        list_cache_scope="public",
    )
    log = tmp_path / "gateway.log"
    variables = {"GATEWAY_WORKERS": "2", "GATEWAY_LOG_LEVEL": "debug"}

    def heard(topic: str, space: str) -> int:
        """By how many workers."""
        lines = [json.loads(one) for one in log.read_text().splitlines() if "change_seen" in one]
        return len([one for one in lines if (one["topic"], one["space_id"]) == (topic, space)])

    with simulating(notion) as there:
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            gateway = await enter(gateway_process(tmp_path, there.url, log, **variables))
            await until(lambda: "workers_ready" in log.read_text(), PATIENCE_SECONDS)
            control = await enter(calling(gateway.url))

            async def asked() -> int:
                counters = await control.get(f"{there.url}/_simulator/counters", user=None)
                methods: dict[str, int] = counters.json["mcp"]["methods"]
                return methods.get("tools/list", 0)

            await control.connect("team")
            await until(lambda: heard("credentials", "team") == 2, PATIENCE_SECONDS)
            by_connecting, callers, whole = await asked(), list[Caller](), 0
            while await asked() - by_connecting < 2:  # both workers have the list then
                callers.append(await enter(calling(gateway.url)))
                whole = await _tools(callers[-1])
            listen = "subscriptions/listen"
            async with control.http.post(
                f"{gateway.url}/mcp/notion/team",
                data=message(listen, MODERN, 9, notifications={"toolsListChanged": True}),
                headers={**heads(listen, MODERN), "X-User-ID": "ada"},
            ) as news:
                await news.content.readuntil(b"acknowledged")
                settings = f"{there.url}/_simulator/settings"
                async with control.http.patch(settings, json={"tool_set": "minimum"}):
                    pass
                assert {await _tools(one) for one in callers} == {whole}
                await control.send("POST", f"{there.url}/_simulator/announce-lists", user=None)
                await news.content.readuntil(b"tools/list_changed")
                await until(lambda: heard("lists", "team") == 2, PATIENCE_SECONDS)
                assert whole not in {await _tools(one) for one in callers}


# --- how often ------------------------------------------------------------------------------


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    put_migrated_database(file := tmp_path / "gateway.sqlite3")
    database = Database(f"sqlite+aiosqlite:///{file}")
    yield database
    await database.close()


@asynccontextmanager
async def telling(news: ListNews) -> AsyncGenerator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(news.run(stop))
    yield
    stop.set()
    await asyncio.wait_for(running, PATIENCE_SECONDS)


def a_notice(space_id: str) -> Notice:
    return Notice(Topic.LISTS, space_id, 0)


async def test_a_space_has_one_notice_however_often_notion_says_it(database: Database) -> None:
    feed = ChangeFeed(database)
    news = ListNews(feed, pause_seconds=3600)
    heard: list[Notice] = []
    async with telling(news):
        for _ in range(1000):
            for space in ("one", "two"):
                news.came(space)
        while not heard:
            heard += await feed.look()
        assert sorted(heard, key=str) == [a_notice("one"), a_notice("two")]
        for _ in range(1000):
            news.came("one")
            await asyncio.sleep(0)
        assert await feed.look() == []
    assert await feed.look() == [a_notice("one")], "what came in the pause is told at the end"


async def test_news_in_the_pause_is_told_after_it(database: Database) -> None:
    feed = ChangeFeed(database)
    news = ListNews(feed, pause_seconds=0.01)
    async with telling(news):
        for _ in range(3):
            news.came("one")
            heard: list[Notice] = []
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not heard:
                    heard += await feed.look()
            assert heard == [a_notice("one")]


async def test_news_that_the_database_refuses_is_told_later(database: Database) -> None:
    feed = ChangeFeed(database)
    news = ListNews(feed, pause_seconds=0.01)
    async with database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE changes RENAME TO gone"))
    async with telling(news):
        news.came("one")
        await until(lambda: bool(news._spaces))  # pyright: ignore[reportPrivateUsage]
        async with database.writing() as connection:
            await connection.execute(sa.text("ALTER TABLE gone RENAME TO changes"))
        heard: list[Notice] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not heard:
                heard += await feed.look()
    assert heard == [a_notice("one")]
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(changes)) == 1
