"""Every store is held to the same contract; an adapter joins by being named here."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.leases import Leases
from notion_gateway.storage.database import Database
from notion_gateway.storage.one_use_records import OneUseRecords, SqlOneUseRecords
from notion_gateway.storage.redis_records import RedisOneUseRecords
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.cli.processes import ROOT
from tests.support.databases import PostgresServer, RedisServer
from tests.support.migrated import new_migrated_database, put_migrated_database
from tests.support.samples import NOW


class FrozenClock:
    def now(self) -> datetime:
        return NOW

    def timestamp(self) -> float:
        return self.now().timestamp()


async def url_of_new(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database of the test's own, of the kind that its parameter names."""
    if request.param == "sqlite":
        return on_sqlite(tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(await new_migrated_database(server))


def on_sqlite(folder: Path) -> str:
    put_migrated_database(file := folder / "gateway.sqlite3")
    return f"sqlite+aiosqlite:///{file}"


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
    async with opened(await url_of_new(request, tmp_path)) as database:
        yield database


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(on_sqlite(tmp_path)) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql", "partitioned"])
async def event_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[IntegrationEvents]:
    async with opened(await url_of_new(request, tmp_path)) as database:
        if request.param == "partitioned":
            await _partition(database)
        yield IntegrationEvents(database)


async def _partition(database: Database) -> None:
    """As docs/scaling.md tells operators of PostgreSQL to."""
    _, _, said = (ROOT / "docs" / "scaling.md").read_text().partition("### Partitions")
    (statements,) = re.findall(r"```sql\n(.*?)```", said, re.DOTALL)
    async with database.writing() as connection:
        for statement in statements.strip().split(";\n"):
            await connection.exec_driver_sql(statement)
        kind = sa.text("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass")
        assert (await connection.execute(kind)).scalar_one() == b"p"


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
        async with opened(await url_of_new(request, tmp_path)) as database:
            yield SqlOneUseRecords(database)


@pytest.fixture(params=["sqlite", "postgresql"])
async def lease_keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Leases]:
    async with opened(await url_of_new(request, tmp_path)) as database:
        yield Leases(database)


@pytest.fixture
def vault() -> Vault:
    return Vault(FixedKeyring([EncryptionKey("k1", b"1" * 32)]))
