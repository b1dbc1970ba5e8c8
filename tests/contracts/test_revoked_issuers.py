"""What is let in while its issuer is revoked, on both databases: nothing, at whatever moment."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from notion_gateway.access.issuer_store import IssuerRevoked, IssuerStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.authorization_server import device_store
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.device_logins import Decision
from notion_gateway.operations.issuers import OperatorsIssuers
from notion_gateway.storage.database import Database
from tests.contracts import test_client_grants as codes
from tests.contracts import test_device_logins as devices
from tests.contracts.belonging import let_belong
from tests.contracts.conftest import FrozenClock, opened
from tests.support.databases import PostgresServer
from tests.support.migrated import new_migrated_database
from tests.support.samples import NOW
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

OKTA, OTHER = "https://okta.example", "https://other.example"


async def redeem(store: DeviceLoginStore, name: str, issuer: str) -> bool:
    """The login of that name, which somebody has allowed who had signed in at ``issuer``."""
    login = replace(devices.LOGIN, login_id=name)
    grant = replace(devices.GRANT, client_grant_id=f"grant-{name}", issuer=issuer)
    return await store.redeem(
        login, grant, f"sha-{name}", devices.access(name), devices.refresh(name)
    )


async def allowed(store: DeviceLoginStore, name: str, issuer: str) -> None:
    login = replace(devices.LOGIN, login_id=name, user_code=name)
    assert await store.add(login, f"sha-{name}")
    assert await store.decide(login, "ada", Decision.USE, NOW, issuer)


async def test_no_login_on_another_machine_is_decided_or_fetched(database: Database) -> None:
    await let_belong(database, "birch")
    store, grants = DeviceLoginStore(database), ClientGrantStore(database)
    await allowed(store, "one", OKTA)
    await allowed(store, "two", OTHER)
    late = replace(devices.LOGIN, login_id="late", user_code="late")
    assert await store.add(late, "sha-late")
    await IssuerStore(database).revoke(OKTA, "operator", NOW)

    with pytest.raises(IssuerRevoked):
        await redeem(store, "one", OKTA)
    with pytest.raises(IssuerRevoked):
        await store.decide(late, "ada", Decision.USE, NOW, OKTA)
    assert await redeem(store, "two", OTHER)  # the control: another issuer's

    assert await grants.by_code("sha-one") is None
    assert await GatewayTokenStore(database).by_hash("sha-access-one") is None
    unused, undecided = await store.by_user_code("one"), await store.by_user_code("late")
    assert unused is not None
    assert undecided is not None
    assert (unused.client_grant_id, undecided.decision) == (None, None)


async def test_no_code_is_given_or_exchanged(database: Database) -> None:
    await let_belong(database, "birch")
    store = ClientGrantStore(database)
    one = replace(codes.GRANT, issuer=OKTA)
    await store.add(one, "sha-one")
    await IssuerStore(database).revoke(OKTA, "operator", NOW)

    with pytest.raises(IssuerRevoked):
        await store.redeem_code(one, codes.access("one"), codes.refresh("one"))
    with pytest.raises(IssuerRevoked):
        await store.add(replace(one, client_grant_id="late"), "sha-late")

    assert await GatewayTokenStore(database).by_hash("sha-access-one") is None
    assert await store.by_code("sha-one") == one
    assert await store.by_code("sha-late") is None
    await IssuerStore(database).restore(OKTA, NOW)  # the control: the same code, believed
    assert await store.redeem_code(one, codes.access("one"), codes.refresh("one"))


# --- revoked in mid fetch -----------------------------------------------------------------


@pytest.fixture
async def postgresql(postgres: PostgresServer) -> AsyncGenerator[Database]:
    """SQLite has one writer at a time: there nothing comes in between."""
    async with opened(postgres.url(await new_migrated_database(postgres))) as database:
        await let_belong(database, "birch")
        yield database


@pytest.mark.parametrize("waits", [True, False])
async def test_what_is_fetched_while_the_issuer_is_revoked_has_ended_afterwards(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch, *, waits: bool
) -> None:
    """The control: where who revokes does not wait for it, a grant is left that lives."""
    checked, go = asyncio.Event(), asyncio.Event()
    put = device_store.put_refresh

    async def put_later(*given: Any, **named: Any) -> None:
        checked.set()
        await go.wait()
        await put(*given, **named)

    async def at_once(_self: object, _issuer: str) -> None: ...

    monkeypatch.setattr(device_store, "put_refresh", put_later)
    if not waits:
        monkeypatch.setattr(DeviceLoginStore, "end_of_issuer", at_once)
    store, issuers = DeviceLoginStore(postgresql), IssuerStore(postgresql)
    grants = ClientGrantStore(postgresql)
    operators = OperatorsIssuers({OKTA: "okta"}, issuers, grants, store, FrozenClock())
    await allowed(store, "one", OKTA)

    async def is_revoked() -> bool:
        return OKTA in await issuers.revoked()

    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        fetched = tasks.create_task(redeem(store, "one", OKTA))
        await checked.wait()
        revoked = tasks.create_task(operators.revoke("okta", "operator"))
        await until_told(is_revoked)
        if not waits:
            await revoked
        go.set()

    assert fetched.result()
    grant = await grants.by_code("sha-one")
    assert grant is not None
    assert (grant.revoked_at is not None, revoked.result()) == ((True, 1) if waits else (False, 0))
