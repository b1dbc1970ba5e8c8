"""A database of the version that knew one connection for each space."""

import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import REVISION
from tests.faults.places import on
from tests.support.clocks import SharedClock
from tests.support.databases import PostgresServer
from tests.support.first_messages import HEADERS, INITIALIZE
from tests.support.gateway import calling, serving_gateway
from tests.support.migrated import new_migrated_database, put_migrated_database
from tests.support.notion import serving_notion
from tests.support.rig import all_go_by, databases_closed
from tests.support.serving import Served

pytestmark = pytest.mark.anyio

BEFORE = "0010_serves_0009"
PATH = "/mcp/notion/demo"


async def url_of(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        put_migrated_database(file := folder / "gateway.sqlite3")
        return f"sqlite+aiosqlite:///{file}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(await new_migrated_database(server))


def downgrade(connection: sa.Connection, to: str = BEFORE) -> None:
    config = Config()
    config.set_main_option("script_location", "notion_gateway:storage/migrations")
    config.attributes["connection"] = connection
    command.downgrade(config, to)


async def go_back(url: str) -> list[str]:
    """To the tables of the version before; their names."""
    database = Database(url)
    async with database.writing() as connection:
        await connection.run_sync(downgrade)
    async with database.reading() as connection:
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    await database.close()
    return tables


async def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    database = Database(url)
    async with database.reading() as connection:
        rows = (await connection.execute(sa.text(query))).all()
    await database.close()
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_connected_spaces_go_on_without_a_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, request: pytest.FixtureRequest
) -> None:
    """Their streams and secrets keep their names, and sessions of MCP clients go on, too."""
    url = await url_of(kind, tmp_path, request)
    clock = SharedClock()
    all_go_by(clock, monkeypatch)
    settings = on(url)
    async with serving_notion(clock=clock) as notion:

        def serving() -> AbstractAsyncContextManager[Served]:
            return serving_gateway(tmp_path, notion.url, **settings)

        async with serving() as here, calling(here.url) as caller:
            await caller.connect("demo")
            opened = await caller.send("POST", PATH, data=json.dumps(INITIALIZE), headers=HEADERS)
            session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
            before = await caller.events("demo")
        assert "snapshots" in (tables := await go_back(url))
        assert "device_logins" not in tables
        exchanges = notion.wire.exchanges()

        async with serving() as here, calling(here.url) as caller:
            ping = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"})
            answer = await caller.send("POST", PATH, data=ping, headers=HEADERS | session)
            assert answer.status == 200
            assert b'"result":{}' in answer.body.replace(b" ", b"")
            assert await caller.events("demo") == before
            assert (await caller.status("demo"))["grant"] == "shared"

        assert notion.wire.exchanges() == exchanges  # neither a consent nor a renewal
    assert await asked(url, "SELECT version_num FROM alembic_version") == [(REVISION,)]
    streams = await asked(url, "SELECT DISTINCT stream FROM events")
    assert ("notion-integration/demo",) in streams
    await databases_closed()
