"""Programs that owners let in, on both databases: found, listed, ended with their tokens."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.authorization_server.machine_store import MachineStore
from notion_gateway.authorization_server.rules.machines import Machine, MachineAuth
from notion_gateway.storage.change_feed import Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import changes
from tests.contracts.belonging import let_belong
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
MACHINE = Machine(
    client_id="machine-one",
    space_id="birch",
    name="nightly import",
    auth=MachineAuth.KEY,
    created_at=NOW,
    created_by="ada",
    expires_at=NOW + 90 * DAY,
    read_only=True,
    tools=frozenset({"notion-search", "notion-fetch"}),
    jwks={"keys": [{"kty": "EC"}]},
)


@pytest.fixture(autouse=True)
async def ada_belongs(database: Database) -> None:
    await let_belong(database, "birch", "oak")


def access(name: str, created_at: timedelta = timedelta(0)) -> GatewayToken:
    return GatewayToken(
        token_id=f"access-{name}",
        sha256=f"sha-{name}",
        kind=TokenKind.MACHINE,
        space_id="birch",
        user_id="machine-one",
        name="nightly import",
        hint="nmgm_…",
        created_at=NOW + created_at,
        expires_at=NOW + created_at + timedelta(hours=1),
        read_only=True,
        belongs_to="machine-one",
    )


async def a_machine(database: Database) -> MachineStore:
    store = MachineStore(database)
    assert await store.add(MACHINE, 100)
    return store


async def test_a_machine_is_found_as_it_was_made(database: Database) -> None:
    store = await a_machine(database)

    assert await store.get("machine-one") == MACHINE
    assert await store.get("machine-two") is None


async def test_a_space_has_so_many_good_ones_and_no_more(database: Database) -> None:
    store = await a_machine(database)
    second = replace(MACHINE, client_id="machine-two")
    assert not await store.add(second, 1)
    assert await store.add(replace(second, space_id="oak"), 1)

    await store.end("birch", ["machine-one"], "ada", NOW)

    assert await store.add(replace(second, client_id="machine-three"), 1)


async def test_it_is_listed_with_when_it_was_last_used_until_it_ends(database: Database) -> None:
    store, later = await a_machine(database), NOW + timedelta(minutes=5)
    (never,) = await store.of_space("birch", NOW)
    assert never.last_used_at is None
    assert await store.issue(MACHINE, access("one"))
    (asked,) = await store.of_space("birch", NOW)
    assert asked.last_used_at == NOW
    await GatewayTokenStore(database).used({"access-one": later})
    (called,) = await store.of_space("birch", NOW)

    assert called.last_used_at == later
    assert called == MACHINE.listed(later)
    assert await store.of_space("oak", NOW) == []
    assert await store.of_space("birch", MACHINE.expires_at) == []


async def test_it_ends_with_its_tokens_and_every_gateway_is_told(database: Database) -> None:
    store, tokens = await a_machine(database), GatewayTokenStore(database)
    await store.issue(MACHINE, access("one"))
    assert await store.living_among(["machine-one", "machine-two"]) == {"machine-one"}

    await store.end("oak", ["machine-one"], "eve", NOW)  # another space's owner
    assert await store.living_among(["machine-one"])
    await store.end("birch", ["machine-one"], "ada", NOW)

    token = await tokens.by_hash("sha-one")
    assert token is not None
    assert not token.is_good(NOW)
    assert await store.living_among(["machine-one"]) == frozenset()
    assert not await store.issue(MACHINE, access("two"))
    async with database.reading() as connection:
        rows = (await connection.execute(changes.select())).all()
    assert [(row.space_id, row.topic) for row in rows] == [("birch", Topic.ACCESS)]


async def test_no_token_outlives_an_end_that_comes_at_the_same_time(database: Database) -> None:
    store, tokens = await a_machine(database), GatewayTokenStore(database)

    issued, _ = await asyncio.gather(
        asyncio.gather(*(store.issue(MACHINE, access(str(n))) for n in range(10))),
        store.end("birch", ["machine-one"], "ada", NOW),
    )

    for n, was_issued in enumerate(issued):
        token = await tokens.by_hash(f"sha-{n}")
        assert (token is not None) == was_issued
        assert token is None or not token.is_good(NOW)


async def test_its_expired_tokens_go_with_the_next_one(database: Database) -> None:
    store, tokens = await a_machine(database), GatewayTokenStore(database)
    await store.issue(MACHINE, access("one"))

    await store.issue(MACHINE, access("two", timedelta(hours=2)))

    assert await tokens.by_hash("sha-one") is None
    assert await tokens.by_hash("sha-two") is not None
