"""Who is removed from a space loses in the same transaction what they were given in it, and is
given nothing any more by a request that came a moment before. On both databases.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access import space_store, space_tables, token_store
from notion_gateway.access.issuer_store import IssuersPerson, IssuerStore
from notion_gateway.access.rules.space_events import (
    Role,
    SpaceCreated,
    SpaceMemberAdded,
    SpaceMemberRemoved,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.authorization_server import device_store, grant_store, machine_store
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.machine_store import MachineStore
from notion_gateway.authorization_server.programs_end import end_programs
from notion_gateway.authorization_server.rules.device_logins import Decision
from notion_gateway.kernel.errors import OwnerRequired, SpaceNotAccessible
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.clients import (
    client_grants,
    client_refresh_tokens,
    device_logins,
    machine_clients,
)
from tests.contracts import test_client_grants as codes
from tests.contracts import test_device_logins as devices
from tests.contracts import test_gateway_token_store as tokens
from tests.contracts import test_machines as machines
from tests.contracts.conftest import opened
from tests.support.databases import PostgresServer
from tests.support.migrated import new_migrated_database
from tests.support.samples import NOW
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio

OKTA = "https://okta.example"
GIVING = (token_store, machine_store, grant_store, device_store)
"""Where somebody is given something."""

Give = Callable[[Database], Awaitable[object]]


async def a_space(database: Database) -> SpaceStore:
    """Bob has made it, and Ada owns it as well."""
    store = SpaceStore(database, [end_programs])
    made = SpaceCreated(at=NOW, name="Birch", created_by="bob")
    ada = SpaceMemberAdded(at=NOW, user_id="ada", role=Role.OWNER, added_by="bob")
    await store.append("birch", 0, [made, ada])
    return store


async def remove(store: SpaceStore) -> None:
    await store.append("birch", 2, [SpaceMemberRemoved(at=NOW, user_id="ada", removed_by="bob")])


async def give_token(database: Database) -> None:
    await GatewayTokenStore(database).add(tokens.a_token(space="birch")[0])


async def give_service_token(database: Database) -> None:
    mine = replace(tokens.a_token(space="birch")[0], is_service=True)
    await GatewayTokenStore(database).add(mine, Role.OWNER)


async def give_machine(database: Database) -> None:
    await MachineStore(database).add(machines.MACHINE, 100)


async def give_code(database: Database) -> None:
    await ClientGrantStore(database).add(codes.GRANT, "sha-code")


async def give_login(database: Database) -> None:
    await DeviceLoginStore(database).decide(devices.LOGIN, "ada", Decision.USE, NOW)


async def fetch_login(database: Database) -> None:
    grant = replace(devices.GRANT, client_grant_id="grant-one")
    await DeviceLoginStore(database).redeem(
        devices.LOGIN, grant, "sha-device", devices.access("one"), devices.refresh("one")
    )


async def give_by_assertion(database: Database) -> None:
    grant = replace(
        codes.GRANT, client_grant_id="asserted", issuer=OKTA, may_refresh=False, redirect_uri=""
    )
    await ClientGrantStore(database).put_asserted(
        grant, "sha-asserted", codes.access("one"), "00u1", confirms=True
    )


GIVERS: dict[str, Give] = {
    "a token": give_token,
    "a service token": give_service_token,
    "a machine": give_machine,
    "a client's code": give_code,
    "a login on another machine": give_login,
    "what a login was allowed": fetch_login,
    "what an issuer asserts": give_by_assertion,
}
ALL = {
    "gateway_tokens",
    "client_grants",
    "client_refresh_tokens",
    "machine_clients",
    "device_logins",
}
OWNERS_ONLY = ("a service token", "a machine")


async def prepared(database: Database) -> SpaceStore:
    """What there has to be before anything is given."""
    store = await a_space(database)
    await DeviceLoginStore(database).add(devices.LOGIN, "sha-device")
    person = IssuersPerson(OKTA, "00u1", "ada", None, NOW, None)
    assert await IssuerStore(database).link(person)
    return store


async def living(database: Database) -> list[str]:
    """What lets somebody in, or would once it is fetched."""
    good = {
        gateway_tokens: gateway_tokens.c.revoked_at.is_(None),
        client_grants: client_grants.c.revoked_at.is_(None),
        client_refresh_tokens: sa.true(),
        machine_clients: machine_clients.c.revoked_at.is_(None),
        device_logins: device_logins.c.decision.is_not(None)
        & device_logins.c.grant_id.is_(None)
        & (device_logins.c.expires_at > NOW),
    }
    found: list[str] = []
    async with database.reading() as connection:
        for table, which in good.items():
            query = sa.select(sa.func.count()).select_from(table).where(which)
            found += [table.name] * (await connection.scalar(query) or 0)
    return found


async def believed(*_: Any) -> None:
    """In the place of the look: whoever asks belongs there."""


# --- what was given before ----------------------------------------------------------------


async def test_all_that_a_member_was_given_ends_in_the_removal_itself(database: Database) -> None:
    """There is no second transaction, for a killed gateway to leave out. The space's own stays."""
    store = await prepared(database)
    for give in (give_token, give_machine, give_code, give_login, give_by_assertion):
        await give(database)
    grants, two = ClientGrantStore(database), replace(codes.GRANT, client_grant_id="two")
    refresh = replace(codes.refresh("two"), client_grant_id="two")
    await grants.add(two, "sha-two")
    assert await grants.redeem_code(two, replace(codes.access("two"), belongs_to="two"), refresh)
    assert set(await living(database)) == ALL

    await remove(store)

    assert await living(database) == ["machine_clients"]
    again = SpaceMemberAdded(at=NOW, user_id="ada", role=Role.OWNER, added_by="bob")
    await store.append("birch", 3, [again])
    assert await living(database) == ["machine_clients"]
    assert not await grants.redeem_code(codes.GRANT, codes.access("late"), codes.refresh("late"))


async def test_without_what_follows_the_removal_it_lives_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, and what a gateway left that was killed in between."""

    async def nothing(*_: object) -> None: ...

    await prepared(database)
    await give_token(database)
    await give_code(database)
    monkeypatch.setattr(space_store, "end_tokens", nothing)

    await remove(SpaceStore(database))

    assert await living(database) == ["gateway_tokens", "client_grants"]


# --- what is asked for meanwhile ----------------------------------------------------------


@pytest.mark.parametrize("name", GIVERS)
async def test_who_was_removed_a_moment_ago_is_given_nothing(database: Database, name: str) -> None:
    store = await prepared(database)
    await remove(store)

    with pytest.raises(SpaceNotAccessible):
        await GIVERS[name](database)

    assert await living(database) == []


@pytest.mark.parametrize("name", GIVERS)
async def test_where_nobody_looks_again_it_is_given(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The control."""
    await remove(await prepared(database))
    for module in GIVING:
        monkeypatch.setattr(module, "require_role", believed)

    await GIVERS[name](database)

    assert await living(database) != []


@pytest.mark.parametrize("name", OWNERS_ONLY)
async def test_who_is_an_owner_no_more_is_given_nothing_that_is_for_owners(
    database: Database, name: str
) -> None:
    store = await prepared(database)
    now_member = SpaceMemberAdded(at=NOW, user_id="ada", role=Role.MEMBER, added_by="bob")
    await store.append("birch", 2, [now_member])

    with pytest.raises(OwnerRequired):
        await GIVERS[name](database)

    assert await living(database) == []


# --- at the same moment -------------------------------------------------------------------


@pytest.fixture
async def postgresql(postgres: PostgresServer) -> AsyncGenerator[Database]:
    """SQLite has one writer at a time: there nothing comes in between."""
    async with opened(postgres.url(await new_migrated_database(postgres))) as database:
        yield database


class Held:
    """Whoever is given something has been found a member, and goes on when told."""

    def __init__(self, look: Callable[..., Awaitable[None]]) -> None:
        self._look = look
        self.found, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, *given: Any) -> None:
        await self._look(*given)
        self.found.set()
        await self.go.wait()


async def look_without_waiting(
    connection: AsyncConnection, space_id: str, user_id: str, _: Role = Role.MEMBER
) -> None:
    """As ``require_role``, but that nobody waits for it."""
    theirs = space_tables.space_members.c
    query = sa.select(theirs.role).where(theirs.space_id == space_id, theirs.user_id == user_id)
    assert await connection.scalar(query) is not None


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("name", [one for one in GIVERS if one != "a machine"])
async def test_what_is_given_while_its_person_is_removed_has_ended_afterwards(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch, name: str, *, waits: bool
) -> None:
    """The control: where the removal does not wait for it, it lives on."""
    store = await prepared(postgresql)
    held = Held(space_tables.require_role if waits else look_without_waiting)
    for module in GIVING:
        monkeypatch.setattr(module, "require_role", held)

    async def removal_waits() -> bool:
        query = sa.text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with postgresql.reading() as connection:
            return (await connection.scalar(query) or 0) > 0

    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        given = tasks.create_task(ignored(GIVERS[name](postgresql)))
        await held.found.wait()
        removed = tasks.create_task(remove(store))
        if waits:
            await until_told(removal_waits)
        else:
            await until(removed.done)
        held.go.set()
        await given
    left = await living(postgresql)
    assert (left == []) is waits, left


async def ignored(work: Awaitable[object]) -> None:
    await work


@pytest.mark.parametrize("in_turn", [True, False])
async def test_of_many_machines_made_at_once_a_space_gets_no_more_than_it_may(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch, *, in_turn: bool
) -> None:
    """The control: where each does not wait for the one before, all count the same."""
    await prepared(postgresql)
    counted = 0
    go = asyncio.Event()

    async def all_have_come(*given: Any) -> None:
        nonlocal counted
        await space_tables.require_role(*given)
        counted += 1
        if counted == 4:
            go.set()
        await go.wait()

    store = MachineStore(postgresql)
    made = [replace(machines.MACHINE, client_id=f"machine-{n}") for n in range(4)]
    if not in_turn:
        monkeypatch.setattr(machine_store, "require_role", all_have_come)
        monkeypatch.setattr(machine_store, "_in_turn", believed)
    async with asyncio.timeout(120):
        outcomes = await asyncio.gather(*(store.add(one, 2) for one in made))
    assert outcomes.count(True) == (2 if in_turn else 4)
