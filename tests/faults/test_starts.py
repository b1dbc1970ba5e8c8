"""Several gateways start at once on a database that is still empty."""

from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine.reflection import Inspector

from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.making import make_where_new
from notion_gateway.wiring import open_gateway
from tests.faults.children import Bend, Child, Work, settings_for
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer
from tests.support.waiting import PATIENCE_SECONDS

GATEWAYS = 4


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


def without_turns() -> Bend:
    """The negative control: everybody makes the tables as soon as there is a connection, and none
    goes on before all have found the database empty.
    """
    everybody = get_context("fork").Barrier(GATEWAYS)
    names = Inspector.get_table_names

    def found(self: Inspector, schema: str | None = None, **kw: Any) -> list[str]:
        there = names(self, schema, **kw)
        Inspector.get_table_names = names
        everybody.wait(PATIENCE_SECONDS)
        return there

    async def migrate(self: Database) -> None:
        Inspector.get_table_names = found
        async with self.engine.connect() as connection, connection.begin():
            await connection.run_sync(make_where_new)

    return lambda: setattr(Database, "migrate", migrate)


def test_without_taking_turns_not_all_of_them_start(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    settings = settings_for(
        "http://localhost:8010", tmp_path, **settings_on("postgresql", postgres)
    )
    ends = start_at_once(settings, without_turns())
    assert "ready" in ends
    assert set(ends) != {"ready"}
