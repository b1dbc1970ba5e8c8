"""Logins of machines without a browser, on both databases: decided once, redeemed once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.authorization_server import device_store
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.device_logins import Decision, DeviceLogin
from notion_gateway.authorization_server.rules.grants import ClientGrant, RefreshToken
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.clients import device_logins
from tests.contracts.belonging import let_belong
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
LOGIN = DeviceLogin(
    login_id="login",
    client_id="notion-gateway",
    client_name="The command line",
    kind=TokenKind.COMMAND_LINE,
    may_refresh=True,
    space_id="birch",
    user_code="BCDF-GHJK",
    machine="build-7",
    address="203.0.113.1",
    created_at=NOW,
    expires_at=NOW + 10 * MINUTE,
    interval_seconds=5,
    poll_after=NOW,
)
GRANT = ClientGrant(
    client_grant_id="grant",
    client_id="notion-gateway",
    client_name="The command line",
    space_id="birch",
    user_id="ada",
    redirect_uri="",
    code_challenge="",
    read_only=False,
    may_refresh=True,
    created_at=NOW,
    expires_at=NOW + timedelta(days=30),
    code_expires_at=NOW + 10 * MINUTE,
    code_used_at=NOW,
    kind=TokenKind.COMMAND_LINE,
    can_manage=True,
)


@pytest.fixture(autouse=True)
async def ada_belongs(database: Database) -> None:
    await let_belong(database, "birch")


def access(name: str) -> GatewayToken:
    return GatewayToken(
        token_id=f"access-{name}",
        sha256=f"sha-access-{name}",
        kind=TokenKind.COMMAND_LINE,
        space_id="birch",
        user_id="ada",
        name="The command line",
        hint="nmgc_…",
        created_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        can_manage=True,
        belongs_to=f"grant-{name}",
    )


def refresh(name: str) -> RefreshToken:
    return RefreshToken(f"sha-{name}", f"grant-{name}", NOW, NOW + timedelta(days=30))


async def redeem(store: DeviceLoginStore, name: str) -> bool:
    grant = replace(GRANT, client_grant_id=f"grant-{name}")
    return await store.redeem(LOGIN, grant, "sha-code", access(name), refresh(name))


async def test_a_login_is_found_by_either_code(database: Database) -> None:
    store = DeviceLoginStore(database)
    assert await store.add(LOGIN, "sha-code")

    assert await store.by_device_code("sha-code") == LOGIN
    assert await store.by_user_code("BCDF-GHJK") == LOGIN
    assert await store.by_device_code("sha-other") is None
    assert await store.by_user_code("BCDF-GHJL") is None


async def test_of_many_decisions_at_once_one_counts(database: Database) -> None:
    users = [f"user-{n}" for n in range(10)]
    await let_belong(database, "birch", users=users)
    store = DeviceLoginStore(database)
    await store.add(LOGIN, "sha-code")

    decided = await asyncio.gather(
        *(store.decide(LOGIN, user, Decision.USE, NOW) for user in users)
    )

    assert sorted(decided) == [False] * 9 + [True]
    found = await store.by_user_code("BCDF-GHJK")
    assert found is not None
    assert found.user_id == users[decided.index(True)]
    assert found.decision is Decision.USE


async def test_nothing_is_decided_once_the_codes_have_expired(database: Database) -> None:
    store = DeviceLoginStore(database)
    await store.add(LOGIN, "sha-code")

    assert not await store.decide(LOGIN, "ada", Decision.USE, LOGIN.expires_at)


async def test_of_many_polls_at_once_one_moves_the_pause_on(database: Database) -> None:
    store = DeviceLoginStore(database)
    await store.add(LOGIN, "sha-code")

    polled = await asyncio.gather(*(store.polled(LOGIN, 10, NOW + MINUTE) for _ in range(10)))

    assert sorted(polled) == [False] * 9 + [True]
    found = await store.by_device_code("sha-code")
    assert found == replace(LOGIN, interval_seconds=10, poll_after=NOW + MINUTE)


async def test_of_many_redemptions_at_once_one_leaves_a_grant_and_its_tokens(
    database: Database,
) -> None:
    store, grants = DeviceLoginStore(database), ClientGrantStore(database)
    await store.add(LOGIN, "sha-code")

    redeemed = await asyncio.gather(*(redeem(store, str(n)) for n in range(10)))

    assert sorted(redeemed) == [False] * 9 + [True]
    name = str(redeemed.index(True))
    kept = await grants.by_code("sha-code")
    assert kept == replace(GRANT, client_grant_id=f"grant-{name}")
    assert await grants.by_refresh(f"sha-{name}") is not None
    token = await GatewayTokenStore(database).by_hash(f"sha-access-{name}")
    assert token == replace(access(name), client_id=GRANT.client_id)
    found = await store.by_device_code("sha-code")
    assert found is not None
    assert found.client_grant_id == f"grant-{name}"


async def test_what_has_expired_makes_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_store, "MAX_OPEN", 1)
    store = DeviceLoginStore(database)
    second = replace(LOGIN, login_id="second", user_code="BCDF-GHJL")
    assert await store.add(LOGIN, "sha-code")
    assert not await store.add(second, "sha-second")

    later = replace(second, created_at=LOGIN.expires_at, expires_at=LOGIN.expires_at + MINUTE)
    assert await store.add(later, "sha-second")

    async with database.reading() as connection:
        rows = await connection.scalars(sa.select(device_logins.c.login_id))
        assert rows.all() == ["second"]
