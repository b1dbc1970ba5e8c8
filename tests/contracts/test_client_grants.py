"""What people allowed MCP clients, on both databases: used once, ended whole."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import ClientGrant, RefreshToken
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.clients import client_refresh_tokens
from tests.contracts.belonging import let_belong
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
GRANT = ClientGrant(
    client_grant_id="grant",
    client_id="client",
    client_name="Birch Editor",
    space_id="birch",
    user_id="ada",
    redirect_uri="http://127.0.0.1/cb",
    code_challenge="challenge",
    read_only=True,
    may_refresh=True,
    created_at=NOW,
    expires_at=NOW + 30 * DAY,
    code_expires_at=NOW + timedelta(minutes=1),
)


@pytest.fixture(autouse=True)
async def ada_belongs(database: Database) -> None:
    await let_belong(database, "birch")


def access(name: str, created_at: timedelta = timedelta(0)) -> GatewayToken:
    return GatewayToken(
        token_id=f"access-{name}",
        sha256=f"sha-access-{name}",
        kind=TokenKind.CLIENT,
        space_id="birch",
        user_id="ada",
        name="Birch Editor",
        hint="nmga_…",
        created_at=NOW + created_at,
        expires_at=NOW + created_at + timedelta(hours=1),
        read_only=True,
        belongs_to="grant",
    )


def refresh(name: str, created_at: timedelta = timedelta(0)) -> RefreshToken:
    return RefreshToken(f"sha-{name}", "grant", NOW + created_at, NOW + created_at + 30 * DAY)


async def a_grant(database: Database) -> ClientGrantStore:
    """Redeemed, with the tokens called one."""
    store = ClientGrantStore(database)
    await store.add(GRANT, "sha-code")
    assert await store.redeem_code(GRANT, access("one"), refresh("one"))
    return store


async def test_a_code_is_found_by_its_hash_and_redeemed_once(database: Database) -> None:
    store = ClientGrantStore(database)
    await store.add(GRANT, "sha-code")
    assert await store.by_code("sha-code") == GRANT
    assert await store.by_code("unknown") is None

    done = await asyncio.gather(
        *(store.redeem_code(GRANT, access(str(n)), refresh(str(n))) for n in range(5))
    )

    assert sorted(done) == [False, False, False, False, True]
    found = await store.by_code("sha-code")
    assert found == replace(GRANT, code_used_at=NOW)
    assert await store.get("grant") == found


async def test_what_nobody_redeemed_goes_with_the_next_login(database: Database) -> None:
    store = ClientGrantStore(database)
    await store.add(GRANT, "sha-code")
    later = replace(GRANT, client_grant_id="later", created_at=NOW + DAY)

    await store.add(later, "sha-later")

    assert await store.get("grant") is None
    assert await store.get("later") is not None


async def test_of_many_rotations_at_once_one_is_made(database: Database) -> None:
    store = await a_grant(database)

    done = await asyncio.gather(
        *(store.rotate(refresh("one"), access(f"n{n}"), refresh(f"n{n}")) for n in range(5))
    )

    assert sorted(done) == [False, False, False, False, True]
    found = await store.by_refresh("sha-one")
    assert found is not None
    assert (found[1].used_at, found[1].is_followed, found[1].is_forked) == (NOW, False, False)
    # Of a used token there is no other rotation, however it was read.
    assert not await store.rotate(refresh("one"), access("late"), refresh("late"))


async def test_it_is_known_that_an_answer_has_arrived(database: Database) -> None:
    store = await a_grant(database)
    assert await store.rotate(refresh("one"), access("two"), refresh("two"))
    assert await store.rotate(refresh("two"), access("three"), refresh("three"))

    found = await store.by_refresh("sha-one")

    assert found is not None
    assert found[1].is_followed


async def test_it_is_known_that_a_sibling_was_used(database: Database) -> None:
    """Two tokens with one parent are left over from versions that gave each retry its own."""
    store = await a_grant(database)
    assert await store.rotate(refresh("one"), access("two"), refresh("two"))
    twin = {"sha256": "sha-twin", "grant_id": "grant", "parent_sha256": "sha-one", "rotations": 0}
    times = {"created_at": NOW, "expires_at": NOW + DAY}
    async with database.writing() as connection:
        await connection.execute(sa.insert(client_refresh_tokens), {**twin, **times})

    async def is_forked(name: str) -> bool:
        found = await store.by_refresh(f"sha-{name}")
        assert found is not None
        return found[1].is_forked

    assert not await is_forked("twin")
    assert await store.rotate(refresh("two"), access("three"), refresh("three"))
    assert await is_forked("twin")
    assert not await is_forked("one")
    assert not await is_forked("three")


async def test_a_rotation_moves_the_end_and_sweeps_what_has_expired(database: Database) -> None:
    store = await a_grant(database)
    later = 40 * DAY
    assert await store.rotate(refresh("one"), access("two", later), refresh("two", later))

    assert await store.by_refresh("sha-one") is None
    assert await GatewayTokenStore(database).by_hash("sha-access-one") is None
    (listed,) = await store.of_space("birch", NOW + later)
    assert listed.expires_at == NOW + later + 30 * DAY


async def test_the_end_of_a_grant_is_the_end_of_all_it_holds(database: Database) -> None:
    store, tokens = await a_grant(database), GatewayTokenStore(database)
    await store.end("elsewhere", ["grant"], "eve", NOW)
    (listed,) = await store.of_space("birch", NOW)
    assert (listed.token_id, listed.client_name, listed.read_only) == (
        "grant",
        "Birch Editor",
        True,
    )

    assert await store.living_among(["grant", "unknown"]) == {"grant"}
    await store.end("birch", ["grant", "unknown"], "ada", NOW)
    assert await store.living_among(["grant", "unknown"]) == set()
    await store.end("birch", ["grant"], "mona", NOW)

    token = await tokens.by_hash("sha-access-one")
    assert token is not None
    assert token.revoked_at == NOW
    assert await store.by_refresh("sha-one") is None
    assert await store.of_space("birch", NOW) == []
    assert not await store.rotate(refresh("one"), access("two"), refresh("two"))


async def test_ending_it_in_mid_rotation_leaves_no_token_alive(database: Database) -> None:
    store, tokens = await a_grant(database), GatewayTokenStore(database)

    made, _ = await asyncio.gather(
        store.rotate(refresh("one"), access("two"), refresh("two")),
        store.end("birch", ["grant"], "ada", NOW),
    )

    token = await tokens.by_hash("sha-access-two")
    assert (token is not None) == made
    assert token is None or token.revoked_at == NOW
    assert await store.by_refresh("sha-two") is None


async def test_last_use_is_that_of_any_of_its_tokens(database: Database) -> None:
    store = await a_grant(database)
    await GatewayTokenStore(database).used({"access-one": NOW + DAY})

    (listed,) = await store.of_space("birch", NOW)

    assert listed.last_used_at == NOW + DAY


async def test_clients_are_kept_once_somebody_has_allowed_them_something(
    database: Database,
) -> None:
    store = ClientStore(database)
    one = McpClient("one", "Birch", ("http://127.0.0.1/cb",), "client_secret_post", "sha")
    other = replace(one, client_id="other", name=None)
    for client in (one, other):
        await store.add(client, NOW)
    await store.allowed("one", NOW)
    await store.allowed("https://app.example/client.json", NOW)

    await store.add(replace(one, client_id="third"), NOW + 89 * DAY)
    assert await store.get("other") is not None
    await store.add(replace(one, client_id="fourth"), NOW + 91 * DAY)

    assert await store.get("one") == one
    assert await store.get("other") is None
    assert await store.get("third") is not None


async def test_a_client_is_kept_for_a_year_after_its_last_grant(database: Database) -> None:
    store = ClientStore(database)
    one = McpClient("client", "Birch", ("http://127.0.0.1/cb",))
    await store.add(one, NOW)
    await store.allowed("client", NOW)
    await a_grant(database)

    await store.add(replace(one, client_id="third"), NOW + (30 + 364) * DAY)
    assert await store.get("client") == one
    await store.add(replace(one, client_id="fourth"), NOW + (30 + 366) * DAY)
    assert await store.get("client") is None


async def test_of_clients_that_nobody_has_allowed_anything_only_the_newest_are_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_gateway.authorization_server.client_store.MAX_UNUSED", 3)
    store = ClientStore(database)
    one = McpClient("0", "Birch", ("http://127.0.0.1/cb",))
    await store.add(one, NOW)
    await store.allowed("0", NOW)
    for number in range(1, 7):
        await store.add(replace(one, client_id=str(number)), NOW + timedelta(seconds=number))

    assert [n for n in range(7) if await store.get(str(n)) is not None] == [0, 4, 5, 6]
