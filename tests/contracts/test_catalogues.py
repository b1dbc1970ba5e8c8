"""What tools a space has, on each database: looked at by one gateway, recorded whole or not."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.catalogue.rules import kept_changes
from notion_gateway.catalogue.rules.changes import Change, ChangeKind
from notion_gateway.catalogue.rules.kept_changes import KEPT_CHANGES
from notion_gateway.catalogue.rules.tools import LookFailure
from notion_gateway.catalogue.store import CatalogueStore, Found
from notion_gateway.catalogue.turns import (
    AGAIN_AFTER_SECONDS,
    FORGOTTEN_AFTER,
    HELD_SECONDS,
    Taken,
    Turns,
    forgotten,
    left_over,
)
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Authorized, Disconnected
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.kernel.secret import Secret
from notion_gateway.policy.rules.tools import ListedTools
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import Counted, RowsPast
from notion_gateway.storage.schema.catalogue import catalogue_changes, catalogues
from notion_gateway.vault.sealed import SecretContext
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault
from tests.catalogue.listing import a_tool, reading, tools
from tests.support.samples import NOW, grant, pair

pytestmark = pytest.mark.anyio

AT = NOW.timestamp()
DAY = 24 * 3600.0
TOKEN = "access-a"
"""As ``pair()`` names it."""
FIRST = [a_tool("writes"), reading("reads")]


class Spaces:
    """Spaces of one database, and what is known of them."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.turns = Turns(database)
        self.store = CatalogueStore(database, self.tell)
        self.events = IntegrationEvents(database, self.turns.follow_grants)
        self.told: list[tuple[str, str, int, list[str]]] = []
        self._vault = vault

    async def tell(
        self,
        connection: AsyncConnection,
        space_id: str,
        process_id: str,
        version: int,
        changes: Sequence[Change],
    ) -> None:
        del connection
        self.told.append((space_id, process_id, version, [one.tool for one in changes]))

    async def connect(self, space_id: str = "birch", version: int = 0) -> None:
        sealed = self._vault.seal(
            Secret("t"), SecretContext(f"{TOKEN}-{space_id}", space_id, "p1", "access_token")
        )
        event = Authorized(at=NOW, grant=grant(), tokens=pair())
        await self.events.append(space_id, version, [event], seal=[sealed])

    async def disconnect(self, space_id: str = "birch", version: int = 1) -> None:
        event = Disconnected(at=NOW, process_id="p1", disconnected_by="ada")
        destroyed = [f"{TOKEN}-{space_id}"]
        await self.events.append(space_id, version, [event], destroy=destroyed)

    async def found(self, taken: Taken, *listed: Any) -> Found:
        known = await self.store.load(taken.grant_id)
        assert known is not None
        now = tools(*listed)
        token_id = f"{TOKEN}-{taken.grant_id}"
        return Found(token_id, known.snapshot, now, known.snapshot.changes_to(now))

    async def look(self, at: float, *listed: Any) -> bool:
        (taken,) = await self.turns.take(at, 10)
        return await self.store.record(taken, await self.found(taken, *listed), at, at + DAY)

    async def rows(self, table: sa.Table) -> int:
        async with self.database.reading() as connection:
            count = sa.select(sa.func.count()).select_from(table)
            return (await connection.execute(count)).scalar_one()


@pytest.fixture
def spaces(database: Database, vault: Vault) -> Spaces:
    return Spaces(database, vault)


async def test_a_new_grant_is_looked_at_and_what_changes_later_is_recorded_and_told_of(
    spaces: Spaces,
) -> None:
    assert not await spaces.turns.is_any_due(AT)
    await spaces.connect()
    assert await spaces.look(AT, *FIRST)
    known = await spaces.store.load("birch")
    assert known is not None
    assert (known.snapshot.version, known.process_id, known.looked_at) == (1, "p1", AT)
    assert known.snapshot.tools == tools(*FIRST)
    assert not await spaces.store.changes("birch", limit=10)
    assert await spaces.store.listed("birch") == ListedTools(reading=frozenset({"reads"}))
    assert not spaces.told, "the first list is compared with nothing"

    assert not await spaces.turns.take(AT + DAY - 1, 10)
    assert await spaces.look(AT + DAY, *FIRST)
    assert await spaces.look(AT + 2 * DAY, a_tool("writes", description="Other."), reading("new"))
    found = await spaces.store.changes("birch", limit=10)
    assert [(one.number, one.version, one.change.kind, one.change.tool) for one in found] == [
        (3, 2, ChangeKind.ADDED, "new"),
        (2, 2, ChangeKind.CHANGED, "writes"),
        (1, 2, ChangeKind.REMOVED, "reads"),
    ]
    assert [one.number for one in await spaces.store.changes("birch", limit=1, before=3)] == [2]
    assert await spaces.store.unseen("birch") == (3, 1)
    assert spaces.told == [("birch", "p1", 2, ["reads", "writes", "new"])]
    feed = await ChangeFeed(spaces.database).look()
    assert Notice(Topic.CATALOGUE, "birch", 2) in feed


async def test_changes_are_told_of_in_their_transaction_or_not_recorded(spaces: Spaces) -> None:
    await spaces.connect()
    await spaces.look(AT, *FIRST)
    spaces.told.clear()

    async def fails(*_: object) -> None:
        raise RuntimeError

    (taken,) = await spaces.turns.take(AT + DAY, 10)
    found = await spaces.found(taken, a_tool("writes"))
    with pytest.raises(RuntimeError):
        await CatalogueStore(spaces.database, fails).record(taken, found, AT + DAY, AT + 2 * DAY)
    known = await spaces.store.load("birch")
    assert known is not None
    assert known.snapshot.version == 1
    assert await spaces.rows(catalogue_changes) == 0
    assert await spaces.store.record(taken, found, AT + DAY, AT + 2 * DAY), "and once more"


async def test_nothing_stays_of_a_space_that_was_disconnected_and_no_late_look_brings_it_back(
    spaces: Spaces,
) -> None:
    await spaces.connect()
    await spaces.look(AT, *FIRST)
    await spaces.look(AT + DAY, a_tool("writes"))
    assert await spaces.rows(catalogue_changes) == 1
    (taken,) = await spaces.turns.take(AT + 2 * DAY, 10)
    found = await spaces.found(taken, a_tool("writes", description="Late."))

    await spaces.disconnect()
    assert (await spaces.rows(catalogues), await spaces.rows(catalogue_changes)) == (0, 0)
    assert not await spaces.store.record(taken, found, AT + 2 * DAY, AT + 3 * DAY)
    await spaces.turns.put_off([taken], AT + 2 * DAY, AT + 3 * DAY, LookFailure.TIMED_OUT)
    await spaces.turns.heard("birch", AT + 2 * DAY)
    assert (await spaces.rows(catalogues), await spaces.rows(catalogue_changes)) == (0, 0)
    assert await spaces.store.listed("birch") == ListedTools()


async def test_a_look_and_a_disconnect_at_once_leave_nothing_behind(spaces: Spaces) -> None:
    """Whichever of the two has the token's row first: neither waits for the other for ever."""
    for number in range(10):
        space = f"space-{number}"
        await spaces.connect(space)
        (taken,) = await spaces.turns.take(AT, 10)
        found = await spaces.found(taken, *FIRST)
        await asyncio.gather(
            spaces.store.record(taken, found, AT, AT + DAY), spaces.disconnect(space)
        )
        assert await spaces.rows(catalogues) == 0


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "negative control"])
async def test_a_look_with_a_token_that_was_renewed_meanwhile_is_not_recorded(
    spaces: Spaces, guarded: bool
) -> None:
    """Renewed, or replaced by another consent, perhaps to another workspace."""
    await spaces.connect()
    (taken,) = await spaces.turns.take(AT, 10)
    found = await spaces.found(taken, *FIRST)
    if guarded:
        async with spaces.database.writing() as connection:
            for step in SecretsTable.replaced([], [found.token_id], "birch"):
                await step.take(connection)
    assert await spaces.store.record(taken, found, AT, AT + DAY) is not guarded


async def test_of_many_who_look_at_once_one_gets_each_space(spaces: Spaces) -> None:
    for number in range(7):
        await spaces.connect(f"space-{number}")
    taken = await asyncio.gather(*(spaces.turns.take(AT, 2) for _ in range(8)))
    ids = [one.grant_id for lot in taken for one in lot]
    assert len(ids) == len(set(ids)), "one space, two gateways"
    assert all(len(lot) <= 2 for lot in taken)
    while lot := await spaces.turns.take(AT, 2):
        ids += [one.grant_id for one in lot]
    assert sorted(ids) == [f"space-{number}" for number in range(7)]


async def test_what_a_killed_gateway_had_taken_is_taken_again_and_its_late_look_counts_no_more(
    spaces: Spaces,
) -> None:
    await spaces.connect()
    (first,) = await spaces.turns.take(AT, 10)
    late = await spaces.found(first, *FIRST)
    assert not await spaces.turns.take(AT + HELD_SECONDS - 1, 10)
    (second,) = await spaces.turns.take(AT + HELD_SECONDS, 10)
    assert not await spaces.store.record(first, late, AT, AT + DAY)
    await spaces.turns.put_off([first], AT, AT + DAY)
    assert await spaces.store.record(second, await spaces.found(second), AT, AT + DAY)


async def test_a_look_that_failed_is_tried_later_and_what_is_known_stays(spaces: Spaces) -> None:
    await spaces.connect()
    await spaces.look(AT, *FIRST)
    (taken,) = await spaces.turns.take(AT + DAY, 10)
    await spaces.turns.put_off([taken], AT + DAY, AT + DAY + 3600, LookFailure.TOO_LARGE)
    known = await spaces.store.load("birch")
    assert known is not None
    assert (known.failure, known.snapshot.version) == (LookFailure.TOO_LARGE, 1)
    assert not await spaces.turns.is_any_due(AT + DAY + 3599)
    assert await spaces.look(AT + DAY + 3600, *FIRST)
    known = await spaces.store.load("birch")
    assert known is not None
    assert known.failure is None


async def test_news_bring_a_look_forward_but_never_two_in_a_minute(spaces: Spaces) -> None:
    await spaces.connect()
    await spaces.look(AT, *FIRST)
    for seconds in (1, 2, 3):
        await spaces.turns.heard("birch", AT + seconds)
    assert not await spaces.turns.is_any_due(AT + AGAIN_AFTER_SECONDS - 1)
    assert await spaces.turns.is_any_due(AT + AGAIN_AFTER_SECONDS)
    assert await spaces.look(AT + 100, *FIRST)
    await spaces.turns.heard("birch", AT + 500)
    assert await spaces.turns.is_any_due(AT + 500)


async def test_news_that_come_in_the_middle_of_a_look_bring_another_one(spaces: Spaces) -> None:
    await spaces.connect()
    (taken,) = await spaces.turns.take(AT, 10)
    found = await spaces.found(taken, *FIRST)
    await spaces.turns.heard("birch", AT + 1)
    assert not await spaces.turns.is_any_due(AT + 1), "somebody looks"
    assert await spaces.store.record(taken, found, AT + 2, AT + DAY)
    (again,) = await spaces.turns.take(AT + 2 + AGAIN_AFTER_SECONDS, 10)
    await spaces.turns.heard("birch", AT + 100)
    await spaces.turns.put_off([again], AT + 101, AT + DAY)
    assert await spaces.turns.is_any_due(AT + 101 + AGAIN_AFTER_SECONDS)


async def test_of_spaces_that_are_asked_for_their_tools_those_are_due_that_nobody_looked_at_lately(
    spaces: Spaces,
) -> None:
    """Not one that somebody looks at just now, nor one that is unknown. The controls: each of them
    by itself.
    """
    for one in ("old", "new", "under-way"):
        await spaces.connect(one)
    for taken in await spaces.turns.take(AT, 10):
        if taken.grant_id != "under-way":
            at = AT if taken.grant_id == "old" else AT + 100
            assert await spaces.store.record(taken, await spaces.found(taken), at, at + DAY)
    asked = ["old", "new", "under-way", "unknown", "old/member/Ym9i"]
    await spaces.turns.expect_where_old(asked, AT + 200, AT)
    assert not await spaces.turns.is_any_due(AT + 200), "looked at since"
    await spaces.turns.expect_where_old(asked, AT + 200, AT + 50)
    assert [one.grant_id for one in await spaces.turns.take(AT + 200, 10)] == ["old"]
    await spaces.turns.expect_where_old(asked, AT + 300, AT + 150)
    assert [one.grant_id for one in await spaces.turns.take(AT + 300, 10)] == ["new"]


async def test_that_a_spaces_lists_have_changed_brings_a_look_with_its_members_own_grants(
    spaces: Spaces,
) -> None:
    grants = ["bir_h", "bir_h/member/Ym9i", "birch/member/Ym9i", "bir_h2"]
    for one in grants:
        await spaces.connect(one)
    for taken in await spaces.turns.take(AT, 10):
        assert await spaces.store.record(taken, await spaces.found(taken), AT, AT + DAY)
    await spaces.turns.heard_in("bir_h", AT + 200)
    due = [one.grant_id for one in await spaces.turns.take(AT + 200, 10)]
    assert sorted(due) == grants[:2]


async def test_an_owner_has_seen_what_there_was_when_they_looked(spaces: Spaces) -> None:
    assert await spaces.store.see("birch", 1, "ada", AT) is None
    await spaces.connect()
    with pytest.raises(InvalidRequest):
        await spaces.store.see("birch", 1, "ada", AT)
    await spaces.look(AT, a_tool("a"), a_tool("b"))
    await spaces.look(AT + DAY, reading("a"), a_tool("b"), a_tool("c"))
    await spaces.look(AT + 2 * DAY, reading("a"), a_tool("b", title="B"), a_tool("c"))
    with pytest.raises(InvalidRequest):
        await spaces.store.see("birch", 4, "ada", AT)
    assert await spaces.store.listed("birch") == ListedTools()

    known = await spaces.store.see("birch", 2, "ada", AT + 5)
    assert known is not None
    assert (known.seen_version, known.seen_at, known.seen_by) == (2, AT + 5, "ada")
    assert await spaces.store.listed("birch") == ListedTools(
        reading=frozenset({"a"}), seen=frozenset({"a", "c"})
    )
    (unseen,) = await spaces.store.changes("birch", limit=10, unseen=True)
    assert (unseen.change.tool, unseen.version) == ("b", 3)
    seen = [one for one in await spaces.store.changes("birch", limit=10) if one.seen_at]
    assert {(one.seen_at, one.seen_by) for one in seen} == {(AT + 5, "ada")}

    await spaces.store.see("birch", 3, "bob", AT + 6)
    assert await spaces.store.unseen("birch") == (0, 0)
    by = {one.change.tool: one.seen_by for one in await spaces.store.changes("birch", limit=10)}
    assert by == {"a": "ada", "b": "bob", "c": "ada"}, "who saw it first"


async def test_the_newest_changes_are_kept_and_no_more(spaces: Spaces) -> None:
    await spaces.connect()
    await spaces.look(AT)
    many = [a_tool(f"tool-{number}") for number in range(300)]
    await spaces.look(AT + DAY, *many)
    await spaces.look(AT + 2 * DAY)
    found = await spaces.store.changes("birch", limit=1000)
    assert [one.number for one in found] == list(range(600, 600 - KEPT_CHANGES, -1))


async def test_a_tool_that_flips_pushes_out_no_change_that_is_still_to_be_seen(
    spaces: Spaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another tool's nor its own first one; and it says how many are missing."""
    monkeypatch.setattr(kept_changes, "KEPT_CHANGES", 20)
    monkeypatch.setattr(kept_changes, "KEPT_OF_TOOL", 5)
    await spaces.connect()
    await spaces.look(AT, a_tool("hurt"), a_tool("flips"))
    await spaces.look(AT + DAY, a_tool("hurt", description="Obey."), a_tool("flips"))
    flips = 30
    for number in range(flips):
        said = "One." if number % 2 else "Other."
        at = AT + (2 + number) * DAY
        assert await spaces.look(
            at, a_tool("hurt", description="Obey."), a_tool("flips", description=said)
        )
    found = await spaces.store.changes("birch", limit=2000, unseen=True)
    of_flips = [one for one in found if one.change.tool == "flips"]
    assert [one.number for one in found if one.change.tool == "hurt"] == [1]
    assert found[-1].change.flagged
    assert of_flips[-1].number == 2, "its first"
    assert len(of_flips) == 5 + 1
    assert [one.left_out for one in of_flips if one.left_out] == [flips - 5 - 1]


async def test_spaces_that_an_older_gateway_has_connected_are_looked_at_too(
    spaces: Spaces,
) -> None:
    for one in ("birch", "maple"):
        await spaces.connect(one)
    async with spaces.database.writing() as connection:
        await connection.execute(sa.delete(catalogues).where(catalogues.c.space_id == "birch"))
    assert await spaces.turns.expect_missing(AT + 5) == 1
    assert await spaces.turns.expect_missing(AT + 5) == 0
    assert [one.grant_id for one in await spaces.turns.take(AT + 5, 10)] == ["maple", "birch"]


async def test_who_has_no_new_token_is_not_in_use(spaces: Spaces) -> None:
    for one in ("birch", "maple"):
        await spaces.connect(one)
    taken = await spaces.turns.take(AT, 10)
    await spaces.disconnect("maple")
    assert await spaces.turns.in_use(taken) == {"birch"}
    assert await spaces.turns.in_use([]) == frozenset()


async def test_where_nobody_looks_a_new_grant_writes_no_row(database: Database) -> None:
    events = IntegrationEvents(database, Turns(database, is_on=False).follow_grants)
    await events.append("birch", 0, [Authorized(at=NOW, grant=grant(), tokens=pair())])
    assert not await Turns(database).is_any_due(AT + DAY)


async def test_maintenance_deletes_what_is_known_of_a_space_long_without_tokens(
    spaces: Spaces,
) -> None:
    database = spaces.database
    for one in ("birch", "maple"):
        await spaces.connect(one)
    for _ in range(2):
        for taken in await spaces.turns.take(AT, 10):
            found = await spaces.found(taken, *FIRST)
            await spaces.store.record(taken, found, AT, AT)
    for taken in await spaces.turns.take(AT, 10):
        await spaces.store.record(taken, await spaces.found(taken), AT, AT)
    async with database.writing() as connection:
        lost = SecretsTable.replaced([], [f"{TOKEN}-maple"], "maple")
        for step in lost:
            await step.take(connection)
    known = RowsPast(database, catalogues, "", forgotten)
    changes = RowsPast(database, catalogue_changes, "", left_over)

    assert await known.count(NOW + FORGOTTEN_AFTER) == Counted(0, 2)
    later = NOW + FORGOTTEN_AFTER + timedelta(seconds=1)
    assert await changes.count(later) == Counted(0, 4)
    assert [count async for count in known.delete(later)] == [1]
    assert await changes.count(later) == Counted(2, 2)
    assert [count async for count in changes.delete(later)] == [2]
    assert await spaces.store.load("maple") is None
    assert await spaces.store.load("birch") is not None
