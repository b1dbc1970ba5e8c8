"""How many grants there are, by state, as their streams say it."""

from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration import grant_figures
from notion_gateway.integration.grant_figures import GrantFigures
from notion_gateway.integration.rules.integration import Status
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema.events import events
from notion_gateway.storage.schema.grants import secrets

pytestmark = pytest.mark.anyio

STREAMS = {
    "notion-integration/a": ["Authorized", "TokenRefreshStarted", "TokenRefreshed"],
    "notion-integration/b": ["Authorized", "WorkspaceIdentified", "TokenRefreshStarted"],
    "notion-integration/c": ["Authorized", "AuthorizationFailed", "WorkspaceIdentified"],
    "notion-integration/d": ["Authorized", "AuthorizationFailed", "TokenRefreshed"],
    "notion-integration/e": ["Authorized", "Disconnected"],
    "space/a": ["SpaceCreated"],
    "space/z": ["SpaceCreated"],
}
DAY = 24 * 3600.0


async def fill(database: Database) -> None:
    async with database.writing() as connection:
        for stream, types in STREAMS.items():
            prefix = "NotionIntegration" if stream.startswith("notion") else ""
            for version, kind in enumerate(types, 1):
                row: dict[str, Any] = {
                    "stream": stream,
                    "version": version,
                    "type": prefix + kind,
                    "data": {},
                }
                await connection.execute(sa.insert(events), row)
        for space, days in {"a": 0.5, "b": 24.0, "d": 29.5}.items():
            for field in ("access_token", "refresh_token"):
                await connection.execute(
                    sa.insert(secrets).values(
                        secret_id=f"{space}-{field}",
                        space_id=space,
                        process_id="p",
                        field=field,
                        schema_version=1,
                        key_id="k",
                        wrapped_key=b"",
                        ciphertext=b"",
                        created_at=database_now() - days * DAY,
                    )
                )


@pytest.mark.parametrize("at_once", [1, 3, 2000])
async def test_states_and_days_left_are_those_of_the_streams(
    database: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """However many statements it takes to come by all of them."""
    monkeypatch.setattr(grant_figures, "STREAMS_AT_ONCE", at_once)
    await fill(database)

    found = await GrantFigures(database).look()

    assert found.by_status == {
        Status.CONNECTED: 3,
        Status.RECONNECT_REQUIRED: 1,
        Status.DISCONNECTED: 1,
    }
    assert found.days_left == pytest.approx(0.5, abs=0.01)
    assert found.lapsing == {1: 1, 3: 1, 7: 2, 9: 2}


async def test_without_grants_there_is_nothing_to_count(database: Database) -> None:
    found = await GrantFigures(database).look()

    assert set(found.by_status.values()) == {0}
    assert found.days_left is None
    assert set(found.lapsing.values()) == {0}
