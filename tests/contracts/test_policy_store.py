"""A space's policy, on both databases."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from notion_gateway.kernel.errors import HistoryUnreadable, VersionConflict
from notion_gateway.policy.rules.events import PolicyEvent, SpacePolicyRemoved, SpacePolicySet
from notion_gateway.policy.rules.reading import written
from notion_gateway.policy.rules.space_policy import RemovePolicy, SetPolicy, SpacePolicy
from notion_gateway.policy.store import PolicyStore
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import events
from tests.policy.documents import policy
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

READ_ONLY = policy("read_only", seen_tools=["notion-brand-new"])
SET: list[PolicyEvent] = [SpacePolicySet(at=NOW, set_by="ada", document=written(READ_ONLY))]


async def test_the_newest_event_is_the_policy(database: Database) -> None:
    store = PolicyStore(database)
    assert await store.load("team") == SpacePolicy("team")

    await store.append("team", 0, SET)
    found = await store.load("team")
    assert (found.version, found.document, found.set_by) == (1, READ_ONLY, "ada")
    assert (await store.load("other")).version == 0

    await store.append("team", 1, [SpacePolicyRemoved(at=NOW, removed_by="bob")])
    removed = await store.load("team")
    assert (removed.version, removed.document, removed.set_by) == (2, None, "bob")
    page = await store.page("team", limit=1, before=2)
    assert [(one.version, one.event) for one in page] == [(1, SET[0])]


async def test_an_append_after_another_is_refused_and_a_notice_goes_with_each(
    database: Database,
) -> None:
    store, feed = PolicyStore(database), ChangeFeed(database)
    await feed.look()
    await store.append("team", 0, SET)
    with pytest.raises(VersionConflict):
        await store.append("team", 0, SET)

    assert await feed.look() == [Notice(Topic.POLICY, "team", 1)]
    assert (await store.load("team")).version == 1


@pytest.mark.parametrize("data", [{"type": "SpacePolicyOfLater"}, {"type": "SpacePolicySet"}])
async def test_what_cannot_be_understood_is_never_no_policy(
    database: Database, data: dict[str, str]
) -> None:
    store = PolicyStore(database)
    await store.append("team", 0, SET)
    async with database.writing() as connection:
        await connection.execute(sa.update(events).values(data=data))

    try:
        found = await store.load("team")
    except HistoryUnreadable:
        return
    assert not found.is_readable


def test_a_command_that_changes_nothing_is_no_event() -> None:
    nothing = SpacePolicy("team")
    assert nothing.decide(RemovePolicy("ada", 0), NOW) == []
    there = nothing.after(nothing.decide(SetPolicy(READ_ONLY, "ada", 0), NOW))
    assert there.decide(SetPolicy(READ_ONLY, "bob", 1), NOW) == []
    unreadable = replace(there, document=None, is_readable=False)
    assert len(unreadable.decide(RemovePolicy("ada", 1), NOW)) == 1
