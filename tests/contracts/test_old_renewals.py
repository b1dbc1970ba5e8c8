"""Old renewals go, and a stream adds up to what it added up to before, on every database."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_gateway.integration import old_renewals
from notion_gateway.integration.event_store import WRITTEN, IntegrationEvents
from notion_gateway.integration.old_renewals import OldRenewals
from notion_gateway.integration.rules.events import (
    EVENT_TYPES,
    AuthorizationFailed,
    Authorized,
    Disconnected,
    Event,
    RefreshStarted,
    TokenRefreshed,
    Workspace,
    WorkspaceIdentified,
)
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.kernel.events import Record, to_record
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams
from notion_gateway.storage.folded_streams import EVERY, FoldedStreams
from notion_gateway.storage.schema.events import events, snapshots
from tests.contracts.conftest import url_of_new
from tests.support.samples import NOW, grant, pair

pytestmark = pytest.mark.anyio

KEEP = timedelta(days=90)
AGES = tuple(timedelta(days=days) for days in (400, 91, 89, 0))
_names = count()


class FromTheFuture(Record):
    type: str = "NotionIntegrationAudited"


def renewal(at: datetime, name: str = "b") -> tuple[Event, Event]:
    sha256 = pair("a").refresh_token_sha256
    return (
        RefreshStarted(at=at, process_id="p1", refresh_token_sha256=sha256),
        TokenRefreshed(at=at, process_id="p1", tokens=pair(name), redeemed_sha256=sha256),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Record], int]:
    """Events in any order, also one that no gateway would bring about, and which of them a snapshot
    ends with.
    """
    kinds = st.sampled_from(
        ["intent", "pair", "pair", "pair", "consent", "again", "named", "failed", "ended", "new"]
    )
    drawn = draw(st.lists(kinds, min_size=1, max_size=40))
    breaks = draw(st.lists(st.integers(0, 40), min_size=3, max_size=3))
    history = [
        _event(kind, number, NOW - AGES[sum(number >= one for one in breaks)])
        for number, kind in enumerate(drawn)
    ]
    return history, draw(st.integers(1, len(history)))


def _event(kind: str, number: int, at: datetime) -> Record:
    at += timedelta(seconds=number)
    mine = grant(f"p{number}")
    match kind:
        case "intent":
            return renewal(at)[0]
        case "pair":
            return renewal(at, f"{number}")[1]
        case "consent":
            return Authorized(at=at, grant=mine, tokens=pair(f"{number}"))
        case "again":
            return TokenRefreshed(at=at, process_id="p", tokens=pair(f"{number}"), grant=mine)
        case "named":
            named = Workspace(id=f"w{number}", name="Acme")
            return WorkspaceIdentified(at=at, process_id="p", workspace=named)
        case "failed":
            return AuthorizationFailed(
                at=at, process_id="p", error="invalid_grant", refresh_token_sha256=f"{number}"
            )
        case "ended":
            return Disconnected(at=at, process_id="p", disconnected_by="ann")
        case _:
            return FromTheFuture()


async def plant(
    database: Database, space_id: str, history: Sequence[Record], written: int | None
) -> Integration:
    """The history, and a snapshot of its first so many events. What it adds up to."""
    records = [to_record(one) for one in history]
    stream = f"notion-integration/{space_id}"
    rows = [
        {"stream": stream, "version": version, "type": record["type"], "data": record}
        for version, record in enumerate(records, start=1)
    ]
    states = [Integration(space_id)]
    for record in records:
        states.append(states[-1].apply(EVENT_TYPES.read(record)))
    async with database.writing() as connection:
        await connection.execute(sa.insert(events), rows)
        if written is not None:
            streams: EventStreams[Event] = EventStreams(
                database, "notion-integration", EVENT_TYPES, what="space"
            )
            states_of = FoldedStreams(streams, WRITTEN)
            write = getattr(states_of, "_written")  # noqa: B009 - now, not in time
            await write(space_id, states[written], records[written - 1]).take(connection)
    return states[-1]


async def delete(database: Database, keep: timedelta | None = KEEP) -> int:
    return sum([deleted async for deleted in OldRenewals(database, keep).delete(NOW)])


async def left(database: Database, space_id: str) -> list[tuple[int, dict[str, Any]]]:
    query = (
        sa.select(events.c.version, events.c.data)
        .where(events.c.stream == f"notion-integration/{space_id}")
        .order_by(events.c.version)
    )
    async with database.reading() as connection:
        return [(row.version, row.data) for row in await connection.execute(query)]


async def without_snapshot(database: Database, space_id: str) -> Integration:
    """From the first event that is left."""
    mine = snapshots.c.stream == f"notion-integration/{space_id}"
    async with database.writing() as connection:
        await connection.execute(sa.delete(snapshots).where(mine))
    return await IntegrationEvents(database).state(space_id)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return asyncio.run(url_of_new(request, tmp_path))


def _is_renewal(data: dict[str, Any]) -> bool:
    kind = data["type"].removeprefix("NotionIntegration")
    return kind == "TokenRefreshStarted" or (kind == "TokenRefreshed" and data["grant"] is None)


async def _check(database: Database, space_id: str, history: list[Record], written: int) -> None:
    known = await plant(database, space_id, history, written)
    before = await left(database, space_id)
    await delete(database)

    store = IntegrationEvents(database)
    assert await store.state(space_id) == known
    after = await left(database, space_id)
    gone = [one for one in before if one not in after]
    assert all(_is_renewal(data) for _, data in gone)
    assert all(datetime.fromisoformat(data["at"]) < NOW - KEEP for _, data in gone)
    assert all(version < written for version, _ in gone)
    assert await delete(database) == 0
    assert await without_snapshot(database, space_id) == known
    more = Disconnected(at=NOW, process_id="p", disconnected_by="ann")
    await store.append(space_id, known.version, [more])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=histories())
@pytest.mark.promise("threats:57")
def test_any_history_adds_up_to_the_same_without_its_old_renewals(
    url: str, case: tuple[list[Record], int]
) -> None:
    async def on_the_database() -> None:
        database = Database(url)
        try:
            await _check(database, f"space-{next(_names)}", *case)
        finally:
            await database.close()

    asyncio.run(on_the_database())


def old_life(renewals: int) -> list[Record]:
    """A consent and renewals, all of them old, and then a few other events of today."""
    old = NOW - 2 * KEEP
    history: list[Record] = [Authorized(at=old, grant=grant(), tokens=pair("a"))]
    for number in range(renewals):
        history += renewal(old + timedelta(minutes=number), f"{number}")
    named = [Workspace(id=f"w{number}", name="Acme") for number in range(5)]
    return [
        *history,
        *(WorkspaceIdentified(at=NOW, process_id="p1", workspace=one) for one in named),
    ]


async def test_of_a_long_life_the_consent_stays_and_what_came_after_the_snapshot(
    database: Database,
) -> None:
    """More than one batch deletes, and more than one stream."""
    history = old_life(renewals=700)
    written = len(history) - 10
    for space_id in ("one", "two"):
        known = await plant(database, space_id, history, written)
    counted = await OldRenewals(database, KEEP).count(NOW)
    assert counted.old == 2 * (written - 2)

    assert await delete(database) == counted.old

    versions = [version for version, _ in await left(database, "one")]
    assert versions == [1, *range(written, len(history) + 1)]
    assert await IntegrationEvents(database).state("two") == known
    assert (await OldRenewals(database, KEEP).count(NOW)).kept == 2 * len(versions)
    assert await without_snapshot(database, "two") == known


@pytest.mark.parametrize(
    ("keep", "written"), [(None, 90), (timedelta(days=3650), 90), (KEEP, None)]
)
async def test_nothing_goes_that_is_to_be_kept_or_has_no_snapshot_after_it(
    database: Database, keep: timedelta | None, written: int | None
) -> None:
    known = await plant(database, "space", old_life(renewals=50), written)
    assert (await OldRenewals(database, keep).count(NOW)).old == 0
    assert await delete(database, keep) == 0
    assert len(await left(database, "space")) == known.version


async def test_a_snapshot_that_does_not_fit_costs_nothing(database: Database) -> None:
    """It is not what the rest is rebuilt from."""
    known = await plant(database, "space", old_life(renewals=50), 90)
    async with database.writing() as connection:
        await connection.execute(sa.update(snapshots).values(sha256="0" * 64, state={}))
    assert await delete(database) > EVERY
    assert await IntegrationEvents(database).state("space") == known


async def test_without_the_bound_by_the_newest_pair_the_state_would_be_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = old_life(renewals=50)
    known = await plant(database, "space", history, len(history))
    monkeypatch.setattr(old_renewals, "min", max, raising=False)
    await delete(database)
    assert await without_snapshot(database, "space") != known


async def test_without_versions_from_the_rows_a_trimmed_stream_could_not_be_appended_to(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await plant(database, "space", old_life(renewals=50), 90)
    await delete(database)

    def counted(state: Integration, _: int) -> Integration:
        return state

    monkeypatch.setattr(Integration, "at", counted)
    assert (await IntegrationEvents(database).state("space")).version == known.version
    assert (await without_snapshot(database, "space")).version < known.version
