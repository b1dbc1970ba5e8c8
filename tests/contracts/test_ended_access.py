"""What has ended for good leaves its table after a time, and what is of use stays."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.operations.maintenance import Maintenance, old_rows
from notion_gateway.settings import GivenSettings, Settings
from notion_gateway.storage import old_rows as storage_old_rows
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.clients import (
    client_grants,
    client_refresh_tokens,
    oauth_clients,
)
from tests.contracts.conftest import FrozenClock
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


def token(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "token_id": name,
        "sha256": name,
        "kind": "personal",
        "space_id": "birch",
        "user_id": "ada",
        "name": name,
        "hint": name,
        "created_at": NOW - 800 * DAY,
        "expires_at": NOW + DAY,
        "read_only": True,
        "can_manage": False,
        "revoked_at": None,
        **changes,
    }


def login(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "grant_id": name,
        "client_id": "editor",
        "client_name": "Birch Editor",
        "space_id": "birch",
        "user_id": "ada",
        "redirect_uri": "http://127.0.0.1/cb",
        "code_challenge": "challenge",
        "code_sha256": name,
        "code_expires_at": NOW - 800 * DAY,
        "code_used_at": NOW - 800 * DAY,
        "read_only": True,
        "may_refresh": True,
        "created_at": NOW - 800 * DAY,
        "expires_at": NOW + DAY,
        "revoked_at": None,
        **changes,
    }


def refresh(name: str, days: int) -> dict[str, Any]:
    return {
        "sha256": name,
        "grant_id": "living",
        "created_at": NOW - 800 * DAY,
        "expires_at": NOW + days * DAY,
        "rotations": 0,
    }


def client(name: str, allowed: int | None, created: int = -800) -> dict[str, Any]:
    return {
        "client_id": name,
        "redirect_uris": [],
        "grant_types": [],
        "auth_method": "none",
        "created_at": NOW + created * DAY,
        "allowed_at": None if allowed is None else NOW + allowed * DAY,
    }


ROWS: Mapping[sa.Table, list[dict[str, Any]]] = {
    gateway_tokens: [
        token("living"),
        token("expired", expires_at=NOW - 10 * DAY),
        token("revoked", revoked_at=NOW - 10 * DAY),
        token("expired long ago", expires_at=NOW - 366 * DAY),
        token("revoked long ago", revoked_at=NOW - 366 * DAY),
    ],
    client_grants: [
        login("living"),
        login("expired", expires_at=NOW - 300 * DAY),
        login("ended long ago", revoked_at=NOW - 366 * DAY),
        login("expired long ago", expires_at=NOW - 366 * DAY),
        login("never used", code_used_at=None),
        login("just begun", code_used_at=None, code_expires_at=NOW + timedelta(minutes=1)),
    ],
    client_refresh_tokens: [refresh("living", 1), refresh("expired", -1)],
    oauth_clients: [
        client("editor", -700),  # has a login that lives
        client("forgotten", -366),
        client("allowed", -100),
        client("never allowed", None, -91),
        client("new", None, -1),
    ],
}


async def put_all(database: Database) -> None:
    async with database.writing() as connection:
        for table, rows in ROWS.items():
            await connection.execute(sa.insert(table), rows)


async def left(database: Database, table: sa.Table) -> set[str]:
    (key,) = table.primary_key
    async with database.reading() as connection:
        return set(await connection.scalars(sa.select(key)))


def keeping(**changes: Any) -> Settings:
    return GivenSettings(gateway_data_dir=Path("unused"), **changes)


def maintenance(database: Database, **changes: Any) -> Maintenance:
    return Maintenance(
        old_rows(database, keeping(**changes), lambda: [b"k" * 32]), database, FrozenClock()
    )


async def test_what_ended_long_ago_goes_and_the_rest_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_old_rows, "BATCH", 1)
    await put_all(database)
    counted = {
        one.table: await one.count(NOW)
        for one in old_rows(database, keeping(), lambda: [b"k" * 32])
    }

    deleted = await maintenance(database).now()

    assert await left(database, gateway_tokens) == {"living", "expired", "revoked"}
    assert await left(database, client_grants) == {"living", "expired", "just begun"}
    assert await left(database, client_refresh_tokens) == {"living"}
    assert await left(database, oauth_clients) == {"editor", "allowed", "new"}
    for table, rows in ROWS.items():
        kept = len(await left(database, table))
        assert deleted[table.name] == counted[table.name].old == len(rows) - kept
        assert counted[table.name].kept == kept
    assert not any((await maintenance(database).now()).values())


async def test_kept_for_ever_means_that_no_record_goes(database: Database) -> None:
    await put_all(database)
    await maintenance(database, gateway_keep_ended_tokens_days=0).now()
    assert len(await left(database, gateway_tokens)) == len(ROWS[gateway_tokens])
    assert "ended long ago" in await left(database, client_grants)


async def test_a_shorter_time_takes_no_login_by_which_a_client_is_still_known(
    database: Database,
) -> None:
    await put_all(database)
    await maintenance(database, gateway_keep_ended_tokens_days=5).now()
    assert await left(database, gateway_tokens) == {"living"}
    assert "expired" in await left(database, client_grants)
