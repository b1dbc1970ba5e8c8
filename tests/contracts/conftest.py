"""Every store is held to the same contract; an adapter joins by being named here."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.lease import Leases
from notion_gateway.storage.database import Database
from notion_gateway.storage.one_use_records import OneUseRecords, SqlOneUseRecords
from notion_gateway.storage.redis_records import RedisOneUseRecords
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.databases import PostgresServer, RedisServer, new_database
from tests.support.samples import NOW


class FrozenClock:
    def now(self) -> datetime:
        return NOW


async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of the test's own, of the kind that its parameter names."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(await new_database(server))


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Database]:
    database = Database(url)
    await database.migrate()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(await empty_database(request, tmp_path)) as database:
        yield database


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}") as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
async def event_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[IntegrationEvents]:
    async with opened(await empty_database(request, tmp_path)) as database:
        yield IntegrationEvents(database)


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
async def state_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[OneUseRecords]:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        store = RedisOneUseRecords.at(server.url, FrozenClock())
        yield store
        await store.close()
    else:
        async with opened(await empty_database(request, tmp_path)) as database:
            yield SqlOneUseRecords(database)


@pytest.fixture(params=["sqlite", "postgresql"])
async def lease_keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Leases]:
    async with opened(await empty_database(request, tmp_path)) as database:
        yield Leases(database)


@pytest.fixture
def vault() -> Vault:
    return Vault(FixedKeyring([EncryptionKey("k1", b"1" * 32)]))
