"""What the tables of spaces say is what their streams say."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import (
    AcceptInvitation,
    AddMember,
    CreateSpace,
    DeclineInvitation,
    FollowIssuer,
    InviteMember,
    KeepMember,
    RemoveMember,
    RenameSpace,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import (
    Role,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.kernel.errors import (
    InvalidRequest,
    LastOwner,
    OwnerRequired,
    SpaceNotAccessible,
    VersionConflict,
)
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.access import space_invitations, space_members, spaces
from notion_gateway.storage.schema.events import events
from tests.contracts.space_samples import CREATED, added, removed
from tests.support.folding import fold_space, space_history_of
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

PEOPLE = ("ada", "bob", "cleo", "dan")
Said = tuple[str, dict[str, tuple[Role, bool, str | None]], dict[str, tuple[Role, str, datetime]]]
"""A space's name, its members and its invitations."""


async def tables_say(database: Database) -> dict[str, Said]:
    """What every space is, from the tables alone."""
    async with database.reading() as connection:
        named = (await connection.execute(sa.select(spaces.c.space_id, spaces.c.name))).all()
        members = (await connection.execute(sa.select(space_members))).all()
        asked = (await connection.execute(sa.select(space_invitations))).all()
    return {
        space_id: (
            name,
            {
                m.user_id: (Role(m.role), m.is_chosen, m.issuer or None)
                for m in members
                if m.space_id == space_id
            },
            {
                one.user_id: (Role(one.role), one.invited_by, in_utc(one.invited_at))
                for one in asked
                if one.space_id == space_id
            },
        )
        for space_id, name in named
    }


def said_of(space: Space) -> Said:
    return (
        space.name,
        {one.user_id: (one.role, one.is_chosen, one.issuer) for one in space.members.values()},
        {
            one.user_id: (one.role, one.invited_by, one.invited_at)
            for one in space.invitations.values()
        },
    )


async def streams_say(database: Database) -> dict[str, Said]:
    """The same, from the events alone."""
    store = SpaceStore(database)
    async with database.reading() as connection:
        streams = (await connection.scalars(sa.select(events.c.stream).distinct())).all()
    found: dict[str, Said] = {}
    for stream in streams:
        space_id = stream.removeprefix("space/")
        found[space_id] = said_of(fold_space(space_id, await space_history_of(store, space_id)))
    return found


def an_order(chance: random.Random) -> SpaceCommand:
    who, by = chance.choice(PEOPLE), chance.choice(PEOPLE)
    return chance.choice(
        [
            CreateSpace(chance.choice(["Team", "Other"]), who),
            RenameSpace(chance.choice(["New", "Newer", "Team"]), by),
            AddMember(who, chance.choice(list(Role)), by),
            AddMember(who, Role.MEMBER, by),
            InviteMember(who, chance.choice(list(Role)), by),
            InviteMember(who, Role.MEMBER, by, by_anybody=True),
            AcceptInvitation(who),
            DeclineInvitation(who),
            RemoveMember(who, by),
            FollowIssuer(who, chance.choice(["okta", "claude"]), chance.choice([*Role, None])),
            KeepMember(who, by, by_anybody=True),
        ]
    )


async def live(store: SpaceStore, seed: int, steps: int) -> None:
    """A random life of a few spaces, among others who live it too."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(steps):
        space_id, order = f"s{chance.randrange(3)}", an_order(chance)
        space = fold_space(space_id, await space_history_of(store, space_id))
        if not space.exists and not isinstance(order, CreateSpace):
            continue
        try:
            new = space.decide(order, NOW)
            if new:
                await store.append(space_id, space.version, new)
        except (InvalidRequest, LastOwner, OwnerRequired, SpaceNotAccessible, VersionConflict):
            continue


@pytest.mark.promise("threats:57")
async def test_after_random_lives_at_once_the_tables_say_what_the_streams_say(
    database: Database,
) -> None:
    store = SpaceStore(database)
    await asyncio.gather(*(live(store, seed, 40) for seed in range(4)))

    said = await streams_say(database)
    assert await tables_say(database) == said
    assert len(said) == 3
    assert sum(len(members) for _, members, _ in said.values()) > 3
    for person in PEOPLE:
        listed = {one.space_id for one in await store.of_user(person)}
        asked = {
            one.space_id for one in await store.invitations_of(person, NOW - timedelta(days=1))
        }
        assert asked == {space for space, (_, _, asked) in said.items() if person in asked}
        assert listed == {space for space, (_, members, _) in said.items() if person in members}


async def test_a_table_that_is_not_kept_up_is_found_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def forgetful(*_: object) -> None:
        pass

    monkeypatch.setattr("notion_gateway.access.space_tables._drop", forgetful)
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED, added("bob")])
    await store.append("s", 2, [removed("bob")])

    assert await tables_say(database) != await streams_say(database)
