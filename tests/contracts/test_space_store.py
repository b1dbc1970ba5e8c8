"""Spaces on both databases: written once, and read as they were written."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from notion_gateway.access.rules.space_events import (
    Role,
    SpaceCreated,
    SpaceInvitationEnded,
    SpaceRenamed,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.kernel.errors import (
    HistoryUnreadable,
    VersionConflict,
)
from notion_gateway.kernel.events import UnknownEvent
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import events
from tests.contracts.space_samples import CREATED, accepted, added, invited, removed
from tests.support.folding import space_history_of
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio


async def test_a_space_is_read_as_it_was_written(database: Database) -> None:
    store = SpaceStore(database)
    assert await space_history_of(store, "s") == []
    await store.append("s", 0, [CREATED, added("bob")])
    await store.append("s", 2, [removed("bob"), SpaceRenamed(at=NOW, name="X", renamed_by="ada")])

    assert await space_history_of(store, "s") == [
        CREATED,
        added("bob"),
        removed("bob"),
        SpaceRenamed(at=NOW, name="X", renamed_by="ada"),
    ]


async def test_of_many_who_append_at_once_one_wins_and_nothing_is_half_done(
    database: Database,
) -> None:
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED])
    outcomes = await asyncio.gather(
        *(store.append("s", 1, [added(f"u{number}")]) for number in range(8)),
        return_exceptions=True,
    )

    assert [isinstance(one, VersionConflict) for one in outcomes].count(True) == 7
    assert outcomes.count(None) == 1
    history = await space_history_of(store, "s")
    assert len(history) == 2
    members = {one for one in [f"u{number}" for number in range(8)] if await store.of_user(one)}
    assert members == {getattr(history[1], "user_id", None)}


async def test_a_stale_append_changes_neither_stream_nor_table(database: Database) -> None:
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED])
    for stale in (0, 2):
        with pytest.raises(VersionConflict):
            await store.append("s", stale, [added("bob")])

    assert await store.of_user("bob") == []
    assert len(await space_history_of(store, "s")) == 1


async def test_somebodys_spaces_come_by_name_with_their_role(database: Database) -> None:
    store = SpaceStore(database)
    for space, name in (("s1", "banana"), ("s2", "Apple"), ("s3", "cherry")):
        await store.append(space, 0, [SpaceCreated(at=NOW, name=name, created_by="ada")])
    await store.append("s1", 1, [added("bob")])
    await store.append("s3", 1, [added("bob", Role.OWNER)])

    assert [(one.space_id, one.role) for one in await store.of_user("bob")] == [
        ("s1", Role.MEMBER),
        ("s3", Role.OWNER),
    ]
    assert [one.name for one in await store.of_user("ada")] == ["Apple", "banana", "cherry"]
    assert (await store.of_user("ada"))[0].created_at == NOW


async def test_somebodys_invitations_come_newest_first_until_they_are_answered(
    database: Database,
) -> None:
    store = SpaceStore(database)
    for number, space in enumerate(("s1", "s2", "s3", "s4")):
        at = NOW + timedelta(days=number)
        made = SpaceCreated(at=NOW, name=space.upper(), created_by="ada")
        asked = invited("bob", Role.OWNER).model_copy(update={"at": at})
        await store.append(space, 0, [made, invited("bob"), asked])
    await store.append("s2", 3, [accepted("bob")])
    ended = SpaceInvitationEnded(at=NOW, user_id="bob", ended_by="bob")
    await store.append("s4", 3, [ended])

    found = await store.invitations_of("bob", NOW - timedelta(days=1))
    assert [(one.space_id, one.name, one.role, one.invited_by) for one in found] == [
        ("s3", "S3", Role.OWNER, "ada"),
        ("s1", "S1", Role.OWNER, "ada"),
    ]
    assert found[0].invited_at == NOW + timedelta(days=2)
    assert [(one.space_id, one.is_chosen) for one in await store.of_user("bob")] == [("s2", True)]


async def test_who_was_merely_added_did_not_choose_the_space(database: Database) -> None:
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED, added("bob"), added("bob", Role.OWNER)])
    await store.append("s", 3, [invited("cleo"), accepted("cleo"), added("cleo", Role.OWNER)])
    chosen = {who: (await store.of_user(who))[0].is_chosen for who in ("ada", "bob", "cleo")}

    assert chosen == {"ada": True, "bob": False, "cleo": True}


async def test_of_members_from_before_those_who_made_the_space_chose_it(
    database: Database,
) -> None:
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED, added("bob")])

    def back_and_forth(connection: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "notion_gateway:storage/migrations")
        config.attributes["connection"] = connection
        command.downgrade(config, "0007-1")
        columns = {one["name"] for one in sa.inspect(connection).get_columns("space_members")}
        assert "is_chosen" not in columns
        command.upgrade(config, "head")

    async with database.writing() as connection:
        await connection.run_sync(back_and_forth)

    chosen = {who: (await store.of_user(who))[0].is_chosen for who in ("ada", "bob")}
    assert chosen == {"ada": True, "bob": False}


async def test_a_newer_versions_event_is_kept_and_a_damaged_one_named(database: Database) -> None:
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED])
    row = {"stream": "space/s", "version": 2, "type": "SpacePainted"}
    async with database.writing() as connection:
        await connection.execute(sa.insert(events), {**row, "data": {"type": "SpacePainted"}})
    assert await space_history_of(store, "s") == [CREATED, UnknownEvent(type="SpacePainted")]

    async with database.writing() as connection:
        damaged = {"type": "SpaceCreated", "at": "never"}
        await connection.execute(
            sa.update(events).where(events.c.stream == "space/s").values(data=damaged)
        )
    with pytest.raises(HistoryUnreadable, match="space s "):
        await space_history_of(store, "s")
