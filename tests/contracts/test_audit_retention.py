"""How long a space's calls are kept, on each database: the oldest go, the rest is still whole."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.membership import Members
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.audit.contents import AskedContents
from notion_gateway.audit.keeping import KeptDays
from notion_gateway.audit.questions import Question
from notion_gateway.audit.retention import OldEntries
from notion_gateway.audit.rules.chain import Ends, Fault, Flaw
from notion_gateway.audit.rules.contents import Contents
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.rules.keeping import Keeping
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.verify import verify
from notion_gateway.storage.change_feed import Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import changes, events
from tests.contracts.audit_samples import (
    KEY,
    PAGE,
    entries,
    fault_of,
    sql,
)
from tests.contracts.conftest import FrozenClock
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

DAY = 24 * 3600.0


@pytest.fixture
def store(database: Database) -> AuditStore:
    return AuditStore(database, lambda: [KEY])


async def test_nothing_is_deleted_from_between_ends_that_were_changed(store: AuditStore) -> None:
    await store.append({"birch": entries(5)})
    await sql(store, "UPDATE audit_ends SET kept_after = 1")
    assert await store.delete_before("birch", 100.0, 100) == 0
    assert await fault_of(store) == Fault(5, Flaw.ENDS_CHANGED)


@pytest.mark.parametrize(
    ("statement", "deleted", "fault"),
    [
        ("UPDATE audit_entries SET at = 0 WHERE number <= 3", 0, Fault(1, Flaw.CHANGED)),
        ("UPDATE audit_entries SET tool = 'x' WHERE number = 3", 2, Fault(3, Flaw.CHANGED)),
        ("DELETE FROM audit_entries WHERE number = 2", 1, Fault(2, Flaw.MISSING)),
    ],
)
async def test_what_is_wrong_with_old_entries_does_not_go_with_them(
    store: AuditStore, statement: str, deleted: int, fault: Fault
) -> None:
    await store.append({"birch": [Entry(at=float(at)) for at in range(1, 6)]})
    await sql(store, statement)
    assert await store.delete_before("birch", 5.0, 100) == deleted
    assert await store.delete_before("birch", 5.0, 100) == 0
    assert await fault_of(store) == fault


async def deleted(old: OldEntries) -> list[int]:
    """How many by each statement that has deleted some."""
    return [count async for count in old.delete(NOW) if count]


async def test_spaces_without_old_entries_cost_no_statements_of_their_own(
    store: AuditStore,
) -> None:
    """And between two statements it can be stopped. The control is a space with an old entry."""
    said: list[str] = []

    def heard(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    await store.append({f"space-{n}": [Entry(at=NOW.timestamp() - DAY)] for n in range(120)})
    old = OldEntries(store, timedelta(days=90))
    event.listen(store.database.engine.sync_engine, "before_cursor_execute", heard)
    assert [count async for count in old.delete(NOW)] == [0, 0]
    assert sum("audit_ends" in one for one in said) == 3

    await store.append({"birch": [Entry(at=1.0)]})
    said.clear()
    assert await deleted(old) == [1]
    assert sum("audit_ends" in one for one in said) > 3


async def test_the_oldest_go_and_the_rest_is_still_whole(store: AuditStore) -> None:
    days_ago = [(NOW - timedelta(days=days)).timestamp() for days in (100, 95, 91, 89, 1)]
    await store.append({"birch": [Entry(at=at, pages=(PAGE,)) for at in days_ago]})
    await store.append({"maple": entries(2, NOW.timestamp() - DAY)})
    old = OldEntries(store, timedelta(days=90))
    counted = await old.count(NOW)
    assert (counted.old, counted.kept) == (3, 4)
    assert await deleted(old) == [3]
    assert await deleted(old) == []
    found = await verify(store, "birch")
    assert found is not None
    assert (found.oldest, found.newest, found.checked, found.fault) == (4, 5, 2, None)
    assert [one.link.number for one in await store.find("birch", Question(page=PAGE), 9)] == [5, 4]
    assert await deleted(OldEntries(store, None)) == []


async def test_a_space_may_keep_them_longer_or_shorter_than_all(store: AuditStore) -> None:
    days_ago = [(NOW - timedelta(days=days)).timestamp() for days in (100, 50, 10, 1)]
    for space_id in ("birch", "maple", "oak"):
        await store.append({space_id: [Entry(at=at) for at in days_ago]})
    days, clock = KeptDays(store.database), FrozenClock()
    await days.set("birch", 200, "ada", clock)
    await days.set("maple", 30, "ada", clock)
    await days.set("maple", 7, "bob", clock)
    assert (await days.load("maple")) == Keeping(2, 7, NOW, "bob")
    assert (await days.set("maple", 7, "ada", clock)).version == 2, "nothing changes"

    old = OldEntries(store, timedelta(days=90))
    counted = await old.count(NOW)
    assert (counted.old, counted.kept) == (4, 8)
    assert sorted(await deleted(old)) == [1, 3]
    left = {one: len(await store.find(one, Question(), 9)) for one in await store.spaces()}
    assert left == {"birch": 4, "maple": 1, "oak": 3}
    for space_id in left:
        found = await verify(store, space_id)
        assert found is not None
        assert found.fault is None

    await days.set("birch", None, "ada", clock)
    assert await deleted(OldEntries(store, None)) == []
    assert await deleted(old) == [1]


@pytest.mark.parametrize("data", [{"type": "AuditDaysOfLater"}, {"type": "AuditDaysSet"}])
async def test_where_it_cannot_be_read_how_long_nothing_is_deleted(
    store: AuditStore, data: dict[str, str]
) -> None:
    await store.append({"birch": entries(3), "maple": entries(3)})
    await KeptDays(store.database).set("birch", 1, "ada", FrozenClock())
    async with store.database.writing() as connection:
        await connection.execute(sa.update(events).values(data=data, type=data["type"]))
    old = OldEntries(store, timedelta(days=1))
    assert await deleted(old) == [3]
    assert len(await store.find("birch", Question(), 9)) == 3
    assert await store.find("maple", Question(), 9) == []


async def test_what_a_space_asks_to_have_recorded_is_kept_and_told(database: Database) -> None:
    clock = FrozenClock()
    members = Members(SpaceStore(database), CacheTrust())
    asked = AskedContents(database, members, clock)
    there = AskedContents(database, members, clock)
    assert not asked.are_off("birch"), "nobody has looked"
    assert await asked.wanted("birch") == Contents()
    assert asked.are_off("birch")
    await asyncio.gather(
        *(one.set("birch", "ada", arguments=True, results=False) for one in (asked, there))
    )
    await there.set("birch", "bob", arguments=True, results=True)
    async with database.reading() as connection:
        told = (await connection.scalars(sa.select(changes.c.topic))).all()
    assert told == ["audit", "audit"], "once for each change"
    asked.changed(Notice(Topic.AUDIT, "birch", 2))
    assert not asked.are_off("birch")
    assert await asked.wanted("birch") == Contents(2, True, True, NOW, "bob")
    assert await asked.wanted("maple") == Contents()


async def test_deletion_while_it_is_checked_is_no_fault(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append({"birch": entries(5)})
    asked = count()
    ends = store.ends

    async def first_then_delete(space_id: str) -> Ends | None:
        found = await ends(space_id)
        if next(asked) == 0:
            await store.delete_before("birch", 2.0, 10)
        return found

    monkeypatch.setattr(store, "ends", first_then_delete)
    assert await fault_of(store) is None
