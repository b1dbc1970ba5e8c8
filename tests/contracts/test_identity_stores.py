"""Spaces, gateway tokens and what counts once, on both databases."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.gateway_tokens import GatewayTokens, new_token
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind, hint_of
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import (
    AcceptInvitation,
    AddMember,
    CreateSpace,
    DeclineInvitation,
    InviteMember,
    RemoveMember,
    RenameSpace,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import (
    Role,
    SpaceCreated,
    SpaceInvitationEnded,
    SpaceMemberAdded,
    SpaceMemberInvited,
    SpaceMemberRemoved,
    SpaceRenamed,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.errors import (
    HistoryUnreadable,
    LastOwner,
    OwnerRequired,
    SpaceNotAccessible,
    StoreRefused,
    VersionConflict,
)
from notion_gateway.kernel.events import UnknownEvent
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema import (
    events,
    gateway_tokens,
    space_invitations,
    space_members,
    spaces,
    used_once,
)
from notion_gateway.storage.used_once import UsedOnce
from tests.support.folding import fold_space, space_history_of
from tests.support.samples import NOW
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

PEOPLE = ("ada", "bob", "cleo", "dan")
CREATED = SpaceCreated(at=NOW, name="Team", created_by="ada")


def added(user: str, role: Role = Role.MEMBER) -> SpaceMemberAdded:
    return SpaceMemberAdded(at=NOW, user_id=user, role=role, added_by="ada")


def invited(user: str, role: Role = Role.MEMBER) -> SpaceMemberInvited:
    return SpaceMemberInvited(at=NOW, user_id=user, role=role, invited_by="ada")


def accepted(user: str) -> SpaceMemberAdded:
    return added(user).model_copy(update={"accepted": True})


def removed(user: str) -> SpaceMemberRemoved:
    return SpaceMemberRemoved(at=NOW, user_id=user, removed_by="ada")


# --- spaces -------------------------------------------------------------------------------


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


Said = tuple[str, dict[str, tuple[Role, bool]], dict[str, tuple[Role, str, datetime]]]
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
            {m.user_id: (Role(m.role), m.is_chosen) for m in members if m.space_id == space_id},
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
        {one.user_id: (one.role, one.is_chosen) for one in space.members.values()},
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
        except (LastOwner, OwnerRequired, SpaceNotAccessible, VersionConflict):
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

    monkeypatch.setattr("notion_gateway.access.space_store._drop", forgetful)
    store = SpaceStore(database)
    await store.append("s", 0, [CREATED, added("bob")])
    await store.append("s", 2, [removed("bob")])

    assert await tables_say(database) != await streams_say(database)


# --- gateway tokens -----------------------------------------------------------------------


def a_token(number: int = 1, space: str = "s", user: str = "ada") -> tuple[GatewayToken, Secret]:
    secret = new_token(TokenKind.PERSONAL)
    token = GatewayToken(
        token_id=f"t{number}",
        sha256=secret.fingerprint(),
        kind=TokenKind.PERSONAL,
        space_id=space,
        user_id=user,
        name="Script",
        hint=hint_of(secret),
        created_at=NOW + timedelta(seconds=number),
        expires_at=NOW + timedelta(days=90),
    )
    return token, secret


async def test_a_token_is_found_by_its_hash_and_as_it_was_given_out(database: Database) -> None:
    store = GatewayTokenStore(database)
    plain, secret = a_token()
    limited = replace(
        a_token(2)[0], read_only=True, tools=frozenset({"notion-fetch", "notion-search"})
    )
    manager = replace(a_token(3)[0], can_manage=True)
    for token in (plain, limited, manager):
        await store.add(token)

    assert await store.by_hash(secret.fingerprint()) == plain
    assert await store.by_hash(limited.sha256) == limited
    assert await store.by_hash(manager.sha256) == manager
    assert await store.by_hash(secret.reveal()) is None
    assert await store.by_hash("") is None


async def test_the_token_itself_is_nowhere_in_the_database(database: Database) -> None:
    token, secret = a_token()
    await GatewayTokenStore(database).add(token)
    async with database.reading() as connection:
        (row,) = (await connection.execute(sa.select(gateway_tokens))).all()

    assert secret.reveal() not in repr(row)
    assert secret.reveal()[9:-4] not in repr(row)


async def test_good_tokens_are_listed_oldest_first(database: Database) -> None:
    store = GatewayTokenStore(database)
    for number in (3, 1, 2):
        await store.add(a_token(number)[0])
    await store.add(a_token(4, space="other")[0])
    await store.add(replace(a_token(5)[0], expires_at=NOW))
    await store.end("s", ["t2"], "ada", NOW)

    assert [one.token_id for one in await store.of_space("s", NOW)] == ["t1", "t3"]
    assert await store.of_space("s", NOW + timedelta(days=90)) == []


async def test_revoking_takes_tokens_of_that_space_only_and_keeps_the_first_time(
    database: Database,
) -> None:
    store = GatewayTokenStore(database)
    ours, theirs = a_token(1)[0], a_token(2, space="other")[0]
    for token in (ours, theirs):
        await store.add(token)
    await store.end("s", ["t1", "t2", "t9"], "ada", NOW)
    await store.end("s", ["t1"], "eve", NOW + timedelta(days=1))

    gone = await store.by_hash(ours.sha256)
    assert gone is not None
    assert gone.revoked_at == NOW
    assert await store.by_hash(theirs.sha256) == theirs
    async with database.reading() as connection:
        by = await connection.scalar(
            sa.select(gateway_tokens.c.revoked_by).where(gateway_tokens.c.token_id == "t1")
        )
    assert by == "ada"


async def test_it_tells_which_of_some_tokens_nobody_has_ended(database: Database) -> None:
    store = GatewayTokenStore(database)
    for number in (1, 2):
        await store.add(a_token(number)[0])
    await store.add(replace(a_token(3)[0], expires_at=NOW))
    await store.end("s", ["t2"], "ada", NOW)

    assert set(await store.living_among(["t1", "t2", "t3", "absent"])) == {"t1", "t3"}
    assert set(await store.living_among([])) == set()


async def test_the_last_use_never_goes_back(database: Database) -> None:
    store = GatewayTokenStore(database)
    token = a_token()[0]
    await store.add(token)
    later = NOW + timedelta(hours=2)
    await asyncio.gather(
        *(store.used({"t1": NOW + timedelta(minutes=number)}) for number in range(4)),
        store.used({"t1": later, "unknown": later}),
    )
    await store.used({"t1": NOW})

    found = await store.by_hash(token.sha256)
    assert found is not None
    assert found.last_used_at == later


@pytest.mark.parametrize("operation", ["append", "create"])
async def test_a_row_that_the_database_refuses_is_no_lost_race_and_is_not_tried_for_ever(
    database: Database, operation: str
) -> None:
    """A space's row without its stream: nobody was faster, and trying again would not help."""
    row = {"space_id": "s", "name": "Left over", "created_at": NOW}
    async with database.writing() as connection:
        await connection.execute(sa.insert(spaces), row)
    store = SpaceStore(database)

    async def act() -> None:
        if operation == "append":
            await store.append("s", 0, [SpaceCreated(at=NOW, name="New", created_by="ada")])
        else:
            trust, tokens = CacheTrust(), GatewayTokenStore(database)
            clock = SystemClock()
            manage = ManageSpaces(
                store,
                Members(store, trust),
                GatewayTokens(tokens, [tokens], AuthenticationCache(clock.now, trust), clock),
                clock,
            )
            await manage.create("New", "ada", "s")

    with pytest.raises(StoreRefused):
        await asyncio.wait_for(act(), PATIENCE_SECONDS)
    assert list(await space_history_of(store, "s")) == []


# --- once ---------------------------------------------------------------------------------


async def test_of_many_who_use_it_at_once_exactly_one_does(database: Database) -> None:
    store = UsedOnce(database)
    once = "k" * 64, NOW + timedelta(seconds=65)
    used = await asyncio.gather(*(store.use(*once, NOW) for _ in range(20)))

    assert sorted(used) == [False] * 19 + [True]
    assert await store.use(*once, NOW + timedelta(seconds=64)) is False
    assert await store.use("other", once[1], NOW) is True


async def test_what_has_expired_is_forgotten(database: Database) -> None:
    store = UsedOnce(database)
    await store.use("old", NOW + timedelta(seconds=1), NOW)
    await store.use("new", NOW + timedelta(days=1), NOW + timedelta(seconds=2))
    async with database.reading() as connection:
        kept = (await connection.scalars(sa.select(used_once.c.key))).all()

    assert kept == ["new"]


async def test_many_different_ones_at_once_are_all_used(database: Database) -> None:
    """While others' expired rows are swept."""
    store = UsedOnce(database)
    now = datetime.now(UTC)
    for number in range(20):
        await store.use(f"old {number}", now, now - timedelta(seconds=1))
    ones = [(f"{number}", now + timedelta(seconds=60)) for number in range(20)]

    assert all(await asyncio.gather(*(store.use(*one, now) for one in ones)))
