"""What the database is asked for each operation, counted: one more fails."""

import asyncio
import contextlib
from pathlib import Path

import pytest
import uvloop

from bench.processes import fake_upstream
from bench.statements import Kind, idle, measure, settings_on
from notion_gateway.storage.database import Database
from tests.support.databases import PostgresServer, new_database
from tests.support.statements import counting

BOUNDS: dict[Kind, dict[str, int]] = {
    # SQLite changes one table with each statement, in a transaction, and empties its side file
    # after it.
    "sqlite": {
        "renewal": 13,
        "cold call": 3,
        "warm call": 0,
        "status": 1,
        "history": 1,
        "disconnect": 9,
        "connect": 15,
    },
    "postgresql": {
        "renewal": 5,
        "cold call": 3,
        "warm call": 0,
        "status": 1,
        "history": 1,
        "disconnect": 3,
        "connect": 10,
    },
}
ROUNDS = 18
"""Enough renewals for two snapshots."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("earlier", [0, 500])
def test_no_operation_asks_more_than_it_did_however_long_the_history(
    kind: Kind, earlier: int, tmp_path: Path, postgres: PostgresServer
) -> None:
    with fake_upstream() as (_, port), counting() as statements:
        settings = settings_on(kind, tmp_path, port, postgres)
        costs = uvloop.run(measure(kind, settings, earlier, statements, ROUNDS))
    counted = {name: cost.statements for name, cost in costs.of.items()}
    assert {name: n for name, n in counted.items() if n > BOUNDS[kind][name]} == {}
    if earlier:  # so many that connecting and disconnecting write a snapshot as well
        assert counted == BOUNDS[kind]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_gateway_with_nothing_to_do_asks_less_than_twice_a_second(
    kind: Kind, tmp_path: Path, postgres: PostgresServer
) -> None:
    with fake_upstream() as (_, port), counting() as statements:
        settings = settings_on(kind, tmp_path, port, postgres)
        asked = uvloop.run(idle(settings, statements, seconds=4))
    assert 0 < asked <= 2


def test_begin_commit_and_rollback_are_counted_on_both(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async def once(url: str) -> dict[str, int]:
        database = Database(url)
        with counting() as statements:
            await database.ping()
            statements.clear()
            async with database.writing() as connection:
                await connection.exec_driver_sql("SELECT 1")
            with contextlib.suppress(KeyError):
                async with database.writing() as connection:
                    await connection.exec_driver_sql("SELECT 1")
                    raise KeyError
            await database.ping()
            verbs = dict(statements.verbs())
        await database.close()
        return verbs

    wanted = {"BEGIN": 2, "SELECT": 3, "COMMIT": 1, "ROLLBACK": 1}
    assert asyncio.run(once(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite3'}")) == wanted
    assert asyncio.run(once(postgres.url(asyncio.run(new_database(postgres))))) == wanted
