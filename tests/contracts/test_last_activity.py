"""When people were last active, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.access.last_activity import LastActivity
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.audit import audit_entries
from notion_gateway.storage.schema.conversations import conversations
from tests.contracts.space_samples import CREATED, added
from tests.contracts.test_ended_access import token
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio


def after(hours: int) -> float:
    return (NOW + timedelta(hours=hours)).timestamp()


def call(number: int, user_id: str, hours: int, space_id: str = "birch") -> dict[str, Any]:
    texts = [
        "kind",
        "token",
        "client",
        "tool",
        "outcome",
        "reason",
        "request_id",
        "trace_id",
        "rule",
    ]
    row = dict.fromkeys(texts, "") | {"space_id": space_id, "number": number, "user_id": user_id}
    return row | {
        "at": after(hours),
        "status": 200,
        "duration_ms": 1.0,
        "asked_bytes": 1,
        "pages": [],
        "calls": 1,
        "code": b"",
    }


def chat(user_id: str, hours: int) -> dict[str, Any]:
    return {
        "space_id": "birch",
        "user_id": user_id,
        "conversation_id": f"c{hours}",
        "head": "",
        "is_pinned": False,
        "created_at": after(0),
        "updated_at": after(hours),
        "change": 1,
        "message_change": 1,
        "bytes": 1,
    }


async def test_whatever_somebody_did_last_counts_and_only_in_that_space(database: Database) -> None:
    people = [added(who) for who in ("bob", "cleo", "dan")]
    await SpaceStore(database).append("birch", 0, [CREATED, *people])
    rows: list[tuple[sa.Table, dict[str, Any]]] = [
        (audit_entries, call(1, "ada", 1)),
        (audit_entries, call(2, "ada", 3)),
        (audit_entries, call(1, "ada", 9, space_id="other")),
        (conversations, chat("ada", 2)),
        (conversations, chat("bob", 4)),
        (gateway_tokens, token("t1", user_id="bob", last_used_at=NOW + timedelta(hours=5))),
        # A service token acts for nobody in particular, whoever has made it.
        (gateway_tokens, token("t2", user_id="dan", is_service=True, last_used_at=NOW)),
        (conversations, chat("somebody who left", 6)),
    ]
    async with database.writing() as connection:
        for table, row in rows:
            await connection.execute(sa.insert(table), row)

    found = await LastActivity(database).of_members("birch")

    assert found == {"ada": NOW + timedelta(hours=3), "bob": NOW + timedelta(hours=5)}
    assert await LastActivity(database).of_members("nowhere") == {}
