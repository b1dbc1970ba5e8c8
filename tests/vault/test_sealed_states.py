"""State that survives a redirect: for one use, for its purpose, as it was sealed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.kernel.one_use_state import OneUseState
from notion_gateway.storage.database import Database
from notion_gateway.storage.one_use_records import Record, SqlOneUseRecords
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.sealed_states import SealedStates
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(minutes=10)


class Pending(OneUseState):
    word: str


class Records:
    """Hands out whatever the test has put there, under every name."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    async def put(self, record: Record) -> None:
        raise NotImplementedError(record.key)

    replace = put

    async def take(self, key: str, now: object, leaving: object = None) -> dict[str, Any]:
        del key, now, leaving
        return self.document

    async def look(self, key: str, now: object) -> dict[str, Any]:
        del key, now
        return self.document


def a_vault() -> Vault:
    return Vault(FixedKeyring([EncryptionKey("k1", b"1" * 32)]))


@pytest.fixture
async def database(tmp_path: Path) -> Any:
    one = Database(f"sqlite+aiosqlite:///{tmp_path / 'states.sqlite3'}")
    await one.migrate()
    yield one
    await one.close()


async def test_what_was_put_is_taken_once_and_only_by_its_name(database: Database) -> None:
    states = SealedStates(SqlOneUseRecords(database), a_vault(), Pending, "one thing")
    state = Pending(word="canary", expires_at=LATER)
    await states.put("name", state)

    assert await states.take("another", NOW) is None
    assert await states.take("name", NOW) == state
    assert await states.take("name", NOW) is None


async def test_one_purposes_state_is_nothing_to_another(database: Database) -> None:
    records = SqlOneUseRecords(database)
    await SealedStates(records, a_vault(), Pending, "one thing").put(
        "name", Pending(word="canary", expires_at=LATER)
    )

    assert await SealedStates(records, a_vault(), Pending, "another").take("name", NOW) is None


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"context": []},
        {"context": ["a", "b", "c"]},
        {"context": [1, 2, 3, 4], "schema_version": 1, "key_id": "k1"},
        {
            "context": ["a", "", "", "one thing"],
            "schema_version": 1,
            "key_id": "k1",
            "wrapped_key": "not base64 ä",
            "ciphertext": "",
        },
    ],
)
async def test_a_malformed_document_is_an_unknown_state(document: dict[str, Any]) -> None:
    states = SealedStates(Records(document), a_vault(), Pending, "one thing")

    assert await states.take("name", NOW) is None


async def test_a_state_that_does_not_open_any_more_is_unknown(database: Database) -> None:
    records = SqlOneUseRecords(database)
    other = Vault(FixedKeyring([EncryptionKey("k1", b"2" * 32)]))
    await SealedStates(records, other, Pending, "one thing").put(
        "name", Pending(word="canary", expires_at=LATER)
    )

    assert await SealedStates(records, a_vault(), Pending, "one thing").take("name", NOW) is None


async def test_an_expired_state_is_gone_whatever_the_store_says(database: Database) -> None:
    states = SealedStates(SqlOneUseRecords(database), a_vault(), Pending, "one thing")
    await states.put("name", Pending(word="canary", expires_at=LATER))

    assert await states.take("name", LATER) is None
