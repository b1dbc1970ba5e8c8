"""A database of the version that knew one connection for each space."""

import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from notion_gateway.storage.schema import REVISION
from tests.support.gateway import calling, serving_gateway
from tests.support.rig import a_rig

pytestmark = pytest.mark.anyio

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def go_back(file: Path, revision: str) -> None:
    """To the tables of a version before."""
    config = Config()
    config.set_main_option("script_location", "notion_gateway:storage/migrations")
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


async def test_connected_spaces_go_on_without_a_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their streams and secrets keep their names, and sessions of MCP clients go on, too."""
    async with a_rig(tmp_path, monkeypatch, gateway_trust_headers=True) as rig:
        await rig.caller.connect("demo")
        path = "/mcp/notion/demo"
        opened = await rig.caller.send("POST", path, data=json.dumps(INITIALIZE), headers=HEADERS)
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        before = await rig.caller.events("demo")
        copied = tmp_path / "before"
        copied.mkdir()
        with (
            sqlite3.connect(rig.data_dir / "gateway.sqlite3") as source,
            sqlite3.connect(copied / "gateway.sqlite3") as target,
        ):
            source.backup(target)
        go_back(copied / "gateway.sqlite3", "0010_serves_0009")
        for file in rig.data_dir.iterdir():
            if file.is_file() and not file.name.startswith("gateway.sqlite3"):
                (copied / file.name).write_bytes(file.read_bytes())
        exchanges = rig.notion.wire.exchanges()
        settings = {"gateway_trust_headers": True}
        async with (
            serving_gateway(copied, rig.notion.url, **settings) as here,
            calling(here.url) as caller,
        ):
            ping = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"})
            answer = await caller.send("POST", path, data=ping, headers=HEADERS | session)
            assert answer.status == 200
            assert b'"result":{}' in answer.body.replace(b" ", b"")
            assert await caller.events("demo") == before
            assert (await caller.status("demo"))["grant"] == "shared"
        with sqlite3.connect(copied / "gateway.sqlite3") as database:
            assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [
                (REVISION,)
            ]
            streams = database.execute("SELECT DISTINCT stream FROM events").fetchall()
            assert ("notion-integration/demo",) in streams
        assert rig.notion.wire.exchanges() == exchanges
