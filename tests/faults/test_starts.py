"""Several gateways start at once on a database that is still empty."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.migrating import upgrade
from notion_gateway.wiring import open_gateway
from tests.faults.children import Bend, Child, Work, settings_for
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer

GATEWAYS = 4
_OVERLAP_SECONDS = 1.0
"""For so long after its work the one that was first has not committed it."""


def starting(settings: Settings) -> Work:
    async def work() -> str:
        async with open_gateway(settings) as gateway:
            await gateway.health.checks["migrations"]()
            return "ready"

    return work


def start_at_once(settings: Settings, *bends: Bend) -> list[str]:
    children = [Child(starting(settings), *bends) for _ in range(GATEWAYS)]
    return [child.result() for child in children]


@pytest.mark.promise("threats:52")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_gateways_that_start_at_once_one_makes_the_tables_and_all_get_ready(
    kind: Kind, tmp_path: Path, postgres: PostgresServer
) -> None:
    settings = settings_for("http://localhost:8010", tmp_path, **settings_on(kind, postgres))
    assert start_at_once(settings) == ["ready"] * GATEWAYS


def without_turns() -> None:
    """The negative control: everybody migrates as soon as there is a connection."""

    async def migrate(self: Database) -> None:
        async with self.engine.connect() as connection, connection.begin():
            await connection.execute(sa.text("SELECT 1"))
            await connection.run_sync(upgrade)
            await asyncio.sleep(_OVERLAP_SECONDS)

    setattr(Database, "migrate", migrate)  # noqa: B010 - as above


def test_without_taking_turns_not_all_of_them_start(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    settings = settings_for(
        "http://localhost:8010", tmp_path, **settings_on("postgresql", postgres)
    )
    ends = start_at_once(settings, without_turns)
    assert "ready" in ends
    assert set(ends) != {"ready"}
