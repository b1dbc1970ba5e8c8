"""A snapshot says what the events say, or is passed over."""

import hashlib
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter

from notion_gateway.access import space_store
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import SpaceEvent, SpaceRenamed
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.integration import event_store as integration_event_store
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Event
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams
from notion_gateway.storage.folded_streams import EVERY, FoldedStreams, Format
from notion_gateway.storage.schema.events import events, snapshots
from notion_gateway.storage.steps import Step
from notion_gateway.vault.vault import Vault
from tests.faults.random_histories import Life, SteppingClock
from tests.support.folding import fold, history_of, space_history_of
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

STREAM = "notion-integration/space"
LONG = 3 * EVERY + 5


@pytest.fixture
async def keeper(database: Database, vault: Vault) -> IntegrationStore:
    """With a space that has lived for a while, and whose snapshot is not the newest state."""
    store = IntegrationStore(IntegrationEvents(database), vault, SteppingClock())
    life = Life("space", store, random.Random(7))  # noqa: S311
    while (await store.load("space")).version < LONG:
        await life.step()
    assert await version_written(database) in range(1, LONG)
    return store


async def version_written(database: Database) -> int | None:
    query = sa.select(snapshots.c.version).where(snapshots.c.stream == STREAM)
    async with database.reading() as connection:
        return await connection.scalar(query)


async def change(database: Database, *statements: sa.Executable) -> None:
    async with database.writing() as connection:
        for one in statements:
            await connection.execute(one)


async def folded(keeper: IntegrationStore) -> Integration:
    """From the first event on."""
    return fold("space", (one.event for one in await history_of(keeper.events, "space")))


def counting_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fills with the ids of streams, once for each event that is read from now on."""
    read: list[str] = []
    before: Any = getattr(EventStreams, "read")  # noqa: B009 - its type is that of all kinds

    def counted(streams: EventStreams[Any], stream_id: str, data: dict[str, Any]) -> object:
        read.append(stream_id)
        return before(streams, stream_id, data)

    monkeypatch.setattr(EventStreams, "read", counted)
    return read


# --- what is read --------------------------------------------------------------------------


async def test_a_long_stream_is_read_from_its_snapshot_on(
    database: Database, keeper: IntegrationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, written = await folded(keeper), await version_written(database)
    read = counting_reads(monkeypatch)
    assert await keeper.load("space") == known
    assert written is not None
    assert len(read) == known.version - written < 2 * EVERY


async def test_snapshots_come_often_enough_however_events_are_appended(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are appended by themselves, and take no snapshot along."""
    store = IntegrationStore(IntegrationEvents(database), vault, SteppingClock())
    for seed in range(4):
        space_id = f"space-{seed}"
        life = Life(space_id, store, random.Random(seed))  # noqa: S311
        for _ in range(10 * EVERY):
            await life.step()
        read = counting_reads(monkeypatch)
        await store.load(space_id)
        assert len(read) <= 4 * EVERY


async def test_a_database_from_before_snapshots_is_read_whole_once_and_written_down(
    database: Database, keeper: IntegrationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life("space", keeper, random.Random(8))  # noqa: S311
    while (await keeper.load("space")).version < 8 * EVERY:
        await life.step()
    known = await folded(keeper)
    await change(database, sa.delete(snapshots))
    read = counting_reads(monkeypatch)
    assert await keeper.load("space") == known
    assert len(read) == known.version
    assert await version_written(database) == known.version
    read.clear()
    assert await keeper.load("space") == known
    assert read == []


async def test_a_stream_of_many_lots_is_folded_whole(
    database: Database, keeper: IntegrationStore
) -> None:
    """More events than one statement reads, with and without a snapshot before them."""
    store = SpaceStore(database)
    renamed: list[SpaceEvent] = [
        SpaceRenamed(at=NOW, name=f"name {number}", renamed_by="ada") for number in range(1001)
    ]
    for rounds in (1, 2):
        for first in range(0, len(renamed), 100):
            version = (rounds - 1) * len(renamed) + first
            await store.append("long", version, renamed[first : first + 100])
        state = await store.load("long")
        assert (state.version, state.name) == (rounds * 1001, "name 1000")
        assert len(await space_history_of(store, "long")) == rounds * 1001
    del keeper


async def test_a_replica_that_writes_no_snapshots_may_append_as_well(
    database: Database, keeper: IntegrationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = await version_written(database)

    def none(*_: object) -> Sequence[Step]:
        return ()

    with monkeypatch.context() as older:
        older.setattr(FoldedStreams, "kept", none)
        life = Life("space", keeper, random.Random(9))  # noqa: S311
        for _ in range(2 * EVERY):
            outcome = await life.step()
            assert await keeper.load("space") == outcome.after == await folded(keeper)
    assert await version_written(database) == written


# --- what is passed over -------------------------------------------------------------------


async def tampered(database: Database, kind: str) -> None:
    """``kind`` says what has become of the snapshot, or of the events under it."""
    mine = snapshots.c.stream == STREAM
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(snapshots).where(mine))).one()
    newer, at = events.c.version >= row.version, events.c.stream == STREAM
    match kind:
        case "altered":
            await change(
                database, sa.update(snapshots).values(state={**row.state, "grant_id": "other"})
            )
        case "unreadable":
            await change(database, sa.update(snapshots).values(state={"version": row.version}))
        case "ahead of the stream":
            await change(database, sa.delete(events).where(at, newer))
        case "of another history":
            data = {"type": "NotionIntegrationAudited", "at": NOW.isoformat()}
            await change(
                database,
                sa.update(events).where(at, events.c.version == row.version).values(data=data),
            )
        case "of another stream":
            await change(database, sa.update(snapshots).values(stream="notion-integration/other"))
        case _:
            await change(database, sa.update(snapshots).values(format=row.format + 1))


@pytest.mark.parametrize(
    "kind",
    ["altered", "unreadable", "ahead of the stream", "of another history", "of another format"],
)
async def test_a_snapshot_that_does_not_fit_is_passed_over_and_replaced_in_time(
    database: Database, keeper: IntegrationStore, kind: str
) -> None:
    await tampered(database, kind)
    assert await keeper.load("space") == await folded(keeper)
    life = Life("space", keeper, random.Random(10))  # noqa: S311
    for _ in range(6 * EVERY):
        outcome = await life.step()
        assert await keeper.load("space") == outcome.after == await folded(keeper)


async def test_a_snapshot_is_no_other_streams(database: Database, keeper: IntegrationStore) -> None:
    known = await keeper.load("space")
    async with database.writing() as connection:
        copied = sa.select(sa.literal("notion-integration/other"), *list(events.c)[1:]).where(
            events.c.stream == STREAM
        )
        await connection.execute(sa.insert(events).from_select(list(events.c), copied))
    await tampered(database, "of another stream")
    other = await keeper.load("other")
    assert (other.grant_id, other.version) == ("other", known.version)


@pytest.mark.parametrize("kind", ["altered", "of another history"])
async def test_without_the_check_what_does_not_fit_would_be_believed(
    database: Database, keeper: IntegrationStore, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    await tampered(database, kind)

    async def unchecked() -> Integration:
        def stored(*_: object) -> str:
            return found

        async with database.reading() as connection:
            found = await connection.scalar(sa.select(snapshots.c.sha256)) or ""
        monkeypatch.setattr(FoldedStreams, "_sha256", stored)
        return await keeper.load("space")

    assert await unchecked() != await folded(keeper)


async def test_a_snapshot_that_cannot_be_written_costs_nobody_an_answer(
    database: Database, keeper: IntegrationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SpaceStore(database)
    renamed: list[SpaceEvent] = [
        SpaceRenamed(at=NOW, name=f"name {number}", renamed_by="ada") for number in range(5 * EVERY)
    ]
    await store.append("long", 0, renamed)

    def refused(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(FoldedStreams, "_written", refused)
    assert (await store.load("long")).version == 5 * EVERY
    del keeper


# --- what is written -----------------------------------------------------------------------


@pytest.mark.promise("threats:18")
async def test_no_secret_is_in_a_snapshot(database: Database, keeper: IntegrationStore) -> None:
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(snapshots))).all()
    told = json.dumps([[str(one) for one in row] for row in rows])
    assert "notion.example" in told
    for secret in ("access-space-", "refresh-space-"):  # as random histories name them
        assert secret not in told
    del keeper


FINGERPRINTS = {
    (1, "integration"): "e4152fbd66a34ca7",
    (1, "space"): "20d33e515fbe29b1",
    (2, "integration"): "862e116fa157ce24",
    (2, "space"): "249f4b82247b3831",
    (3, "space"): "4f4e5454e4cd2382",
    (4, "space"): "7d1d6d171b60b860",
    (5, "space"): "b018b908f081db60",
    (6, "space"): "8dd29e4b78425cb2",
    (7, "space"): "14ec32664e2628c4",
    (8, "space"): "a4af789671a0ecb7",
}


@pytest.mark.parametrize(
    ("written", "name", "types"),
    [
        (integration_event_store.WRITTEN, "integration", TypeAdapter[Any](Event)),
        (space_store.WRITTEN, "space", TypeAdapter[Any](SpaceEvent)),
    ],
)
def test_a_format_has_another_number_once_states_or_events_are_others(
    written: Format[Integration] | Format[Space], name: str, types: TypeAdapter[Any]
) -> None:
    """Where this fails, raise the number in ``Format(…)``, and put the new fingerprint here:
    snapshots of versions that know less must not be taken for one's own.
    """
    parts = [_parts(one.json_schema()) for one in (written.adapter, types)]
    fingerprint = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
    assert FINGERPRINTS.get((written.number, name)) == fingerprint


def _parts(schema: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Every record and its fields by name: schemas say the rest in each version's own words."""
    named = {**schema.get("$defs", {}), "": schema}
    return sorted((name, sorted(one.get("properties", {}))) for name, one in named.items())
