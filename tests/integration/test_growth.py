"""A space that was renewed thousands of times is as quick as a new one: as much is read of it."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from bench.histories import plant_history
from notion_gateway.integration.refresh import Refresher
from notion_gateway.storage.database import Database
from notion_gateway.storage.folded_streams import EVERY, FoldedStreams
from notion_gateway.storage.steps import Step
from tests.contracts.conftest import opened, url_of_new
from tests.contracts.test_snapshots import counting_reads
from tests.support.figures import Figure
from tests.support.world import ORIGIN, World

pytestmark = pytest.mark.anyio

RENEWALS = 5_000
"""Two events each."""

MOST = 3 * EVERY
"""Events that any one operation may read."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(await url_of_new(request, tmp_path)) as database:
        yield database


async def events_read_by_a_renewal(
    database: Database, monkeypatch: pytest.MonkeyPatch, renewals: int
) -> int:
    """Of the second one: the first finds a stream that has no snapshot yet."""
    world = World(database)
    await plant_history(database, world.store, "space", ORIGIN, renewals=renewals)
    world.clock.step(days=2)
    await world.lend()
    world.clock.step(days=2)
    read = counting_reads(monkeypatch)
    await world.lend()
    await world.access_tokens.close()
    assert world.notion.issued == 2
    return len(read)


@pytest.mark.promise("threats:72")
async def test_a_renewal_after_thousands_reads_as_much_as_the_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    read = await events_read_by_a_renewal(database, monkeypatch, RENEWALS)
    assert read <= MOST
    figure(f"{RENEWALS:,} renewals before: {read} events read by the next")


async def test_without_snapshots_it_reads_all_of_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        pass

    def none(*_: object) -> Sequence[Step]:
        return ()

    monkeypatch.setattr(FoldedStreams, "kept", none)
    monkeypatch.setattr(FoldedStreams, "_write_aside", nothing)
    assert await events_read_by_a_renewal(database, monkeypatch, 100) > MOST


@pytest.mark.promise("threats:72")
async def test_status_and_history_after_thousands_read_a_page_at_most(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(database)
    await plant_history(database, world.store, "space", ORIGIN, renewals=RENEWALS)
    await world.manage.state("space")
    read = counting_reads(monkeypatch)
    assert (await world.manage.state("space")).version == 2 * RENEWALS + 1
    assert len(read) <= MOST
    read.clear()
    page = await world.manage.history("space", limit=100)
    assert [one.version for one in page] == list(range(2 * RENEWALS - 98, 2 * RENEWALS + 2))
    assert len(read) == 100


async def test_what_others_have_appended_since_it_was_read_is_seen_under_the_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another replica renews between this one's look and its lease: its pair is adopted."""
    world, other = World(database), World(database)
    await world.connect()
    for one in (world, other):
        one.clock.step(hours=2)
    refresh = Refresher.refresh

    async def overtaken(*arguments: object) -> object:
        monkeypatch.setattr(Refresher, "refresh", refresh)
        await other.lend()
        return await refresh(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Refresher, "refresh", overtaken)
    assert await world.lend() == await other.lend() == "canary-access-1"
    assert world.notion.redeemed == []
    assert other.notion.redeemed == ["canary-refresh-0"]


async def test_a_pair_without_a_refresh_token_of_its_own_is_adopted_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refresh token is the same as before then; only the version tells."""
    world, other = World(database), World(database)
    await world.connect()
    for one in (world, other):
        one.clock.step(hours=2)
    other.notion.keeps_refresh_tokens()
    refresh = Refresher.refresh

    async def overtaken(*arguments: object) -> object:
        monkeypatch.setattr(Refresher, "refresh", refresh)
        await other.lend()
        return await refresh(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Refresher, "refresh", overtaken)
    assert await world.lend() == "canary-access-kept"
    assert world.notion.redeemed == []
