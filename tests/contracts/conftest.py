"""Every store is held to the same contract; an adapter joins by being named here."""

import uuid
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from notion_gateway.adapters.clock import SystemRandom
from notion_gateway.adapters.database import Database
from notion_gateway.adapters.event_store import SqlEventStore
from notion_gateway.adapters.sql_lease import SqlLeaseKeeper
from notion_gateway.adapters.state_store import SqlStateStore
from notion_gateway.adapters.vault import EncryptionKey, Vault
from notion_gateway.ports import EventStore, StateStore
from tests.support.databases import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[PostgresServer]:
    with running_postgres(tmp_path_factory.mktemp("servers")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of a test's own."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    engine = create_async_engine(server.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.url(name)


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    opened = Database(database_url)
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
def event_store(database: Database) -> EventStore:
    return SqlEventStore(database)


@pytest.fixture
def state_store(database: Database) -> StateStore:
    return SqlStateStore(database)


@pytest.fixture
def lease_keeper(database: Database) -> SqlLeaseKeeper:
    return SqlLeaseKeeper(database, SystemRandom())


@pytest.fixture
def vault() -> Vault:
    return Vault([EncryptionKey("k1", b"1" * 32)])
