"""Every store is held to the same contract; an adapter joins by being named here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notion_gateway.adapters.database import Database
from notion_gateway.adapters.event_store import SqlEventStore
from notion_gateway.adapters.state_store import SqlStateStore
from notion_gateway.adapters.vault import EncryptionKey, Vault
from notion_gateway.ports import EventStore, StateStore


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite"])
def event_store(database: Database) -> EventStore:
    return SqlEventStore(database)


@pytest.fixture(params=["sqlite"])
def state_store(database: Database) -> StateStore:
    return SqlStateStore(database)


@pytest.fixture
def vault() -> Vault:
    return Vault([EncryptionKey("k1", b"1" * 32)])
