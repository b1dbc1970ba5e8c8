"""Behind a pooler that hands every transaction to whatever server connection is free."""

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.leases import Leases
from notion_gateway.storage.database import Database
from notion_gateway.storage.one_use_records import SqlOneUseRecords
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.contracts import test_change_feed, test_event_store, test_lease, test_state_store
from tests.faults.pgbouncer import running_pgbouncer
from tests.faults.places import new_database
from tests.faults.rounds import run_rounds
from tests.support.databases import PostgresServer
from tests.support.figures import Figure

pytestmark = pytest.mark.thorough

SERVER_CONNECTIONS = 3

Contract = Callable[..., Awaitable[None]]


def contracts() -> list[Contract]:
    """Every promise of the stores that needs nothing but them."""
    found: list[Contract] = []
    for module in (test_event_store, test_lease, test_state_store, test_change_feed):
        for name, test in vars(module).items():
            if not name.startswith("test_") or not inspect.iscoroutinefunction(test):
                continue
            if set(inspect.signature(test).parameters) <= GIVEN:
                found.append(test)
    return found


AT_LEAST = 20
"""So many were there when this was written: a change of names must not let them vanish."""


def test_the_contracts_are_really_found() -> None:
    assert len(contracts()) >= AT_LEAST


GIVEN = {"event_store", "lease_keeper", "state_store", "database", "vault"}


@pytest.fixture(scope="module")
def pooler(postgres: PostgresServer) -> Generator[PostgresServer]:
    with running_pgbouncer(postgres, pool_size=SERVER_CONNECTIONS) as pooled:
        yield pooled


@pytest.fixture
async def url(pooler: PostgresServer, postgres: PostgresServer) -> str:
    return pooler.url(await new_database(postgres))


@pytest.fixture
async def given(url: str) -> AsyncGenerator[dict[str, Any]]:
    database = Database(url)
    await database.migrate()
    yield {
        "event_store": IntegrationEvents(database),
        "lease_keeper": Leases(database),
        "state_store": SqlOneUseRecords(database),
        "database": database,
        "vault": Vault(FixedKeyring([EncryptionKey("k1", b"1" * 32)])),
    }
    await database.close()


@pytest.mark.anyio
@pytest.mark.promise("threats:45")
@pytest.mark.parametrize("contract", contracts(), ids=lambda test: test.__name__)
async def test_the_stores_keep_their_contract_behind_a_transaction_pooler(
    contract: Contract, given: dict[str, Any], figure: Figure
) -> None:
    await contract(**{name: given[name] for name in inspect.signature(contract).parameters})
    figure("{} contracts of the stores kept", 1)


@pytest.mark.promise("threats:45")
def test_two_processes_behind_a_transaction_pooler_redeem_once_a_round(
    tmp_path: Path, pooler: PostgresServer, postgres: PostgresServer, figure: Figure
) -> None:
    url = pooler.url(asyncio.run(new_database(postgres)))
    result = run_rounds(tmp_path, url, 1)
    assert result.answers == Counter({"200": 200})
    assert (result.redemptions, result.refused, result.final_status) == (1, 0, "connected")
    words = "{} callers at two processes: {} redemption"
    figure(words, result.answers.total(), result.redemptions)


@pytest.mark.anyio
async def test_a_session_lock_behind_a_transaction_pooler_is_held_by_two_at_once(
    postgres: PostgresServer,
) -> None:
    """Why the lease is a row: with one server connection, everybody is the same session."""
    with running_pgbouncer(postgres, pool_size=1) as pooled:
        engine = create_async_engine(pooled.url(), connect_args=UNNAMED)
        async with engine.connect() as one, engine.connect() as other:
            assert [await locked(one), await locked(other)] == [True, True]
        await engine.dispose()


UNNAMED: dict[str, Any] = {
    "prepared_statement_cache_size": 0,
    "statement_cache_size": 0,
    "prepared_statement_name_func": str,
}


async def locked(connection: AsyncConnection) -> bool:
    taken = await connection.scalar(sa.text("SELECT pg_try_advisory_lock(1)"))
    await connection.rollback()
    return bool(taken)
