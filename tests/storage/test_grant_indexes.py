"""Grants whose turn it is, and those that nobody has renewed, are found without reading others."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from notion_gateway.integration.grant_figures import BY_AGE
from notion_gateway.kernel.slots import SLOTS, slot_of
from notion_gateway.storage.change_feed import OUTDATED, RECENT
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema.events import changes
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.secrets_table import OF_SLOT, WITHOUT_SLOT, SecretsTable, unrenewed
from tests.faults.places import Kind
from tests.support.databases import PostgresServer, new_database

pytestmark = pytest.mark.anyio

GRANTS = 5000


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer
) -> AsyncGenerator[Database]:
    """With so many grants; every tenth was renewed 25 days ago, the others just now."""
    kind: Kind = request.param
    url = f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}"
    if kind == "postgresql":
        url = postgres.url(await new_database(postgres))
    database = Database(url)
    await database.migrate()
    async with database.writing() as connection:
        now = (await connection.execute(sa.select(database_now()))).scalar_one()
        await connection.execute(
            sa.insert(secrets), [_row(number, now) for number in range(GRANTS)]
        )
        await connection.execute(
            sa.insert(changes),
            [{"space_id": "space", "version": 1, "at": now - 90} for _ in range(GRANTS)],
        )
    async with database.autocommit() as connection:
        await connection.exec_driver_sql("ANALYZE")
    yield database
    await database.close()


def _row(number: int, now: float) -> dict[str, object]:
    space_id = f"space-{number}"
    return {
        "secret_id": f"secret-{number}",
        "space_id": space_id,
        "process_id": "process",
        "field": "access_token",
        "schema_version": 1,
        "key_id": "key",
        "wrapped_key": b"",
        "ciphertext": b"",
        "created_at": now - (25 * 86400 if number % 10 == 0 else 0),
        "slot": None if number % 100 == 0 else slot_of(space_id),
    }


async def test_a_slots_grants_are_its_own_and_those_that_have_none_get_theirs(
    database: Database,
) -> None:
    table = SecretsTable(database)
    assert [await table.give_slots(40) for _ in range(3)] == [40, 10, 0]
    found: list[str] = []
    for slot in range(SLOTS):
        after = ""
        while some := await table.grants_of(slot, after, 20):
            assert {slot_of(one) for one in some} == {slot}
            found, after = [*found, *some], some[-1]
    assert sorted(found) == sorted(f"space-{number}" for number in range(GRANTS))


ASKED: dict[str, tuple[sa.ClauseElement, dict[str, object]]] = {
    "a slot's": (OF_SLOT, {"of_slot": 7, "after": "", "at_most": 100}),
    "those without slot": (WITHOUT_SLOT, {"at_most": 10}),
    "idle ones": (unrenewed(26 * 86400), {}),
    "lapsing ones": (BY_AGE, {}),
    "the last minute's changes": (RECENT, {}),
    "changes to be swept": (OUTDATED, {}),
}


@pytest.mark.parametrize("what", ASKED)
async def test_no_row_is_read_that_is_not_asked_for(database: Database, what: str) -> None:
    assert await _read_in_vain(database, *ASKED[what]) == 0


async def test_one_that_reads_the_others_as_well_is_found_out(database: Database) -> None:
    """The control: of every field, and with the clock asked at each row."""
    older = secrets.c.created_at < database_now() - 26 * 86400
    assert await _read_in_vain(database, sa.select(secrets.c.space_id).where(older), {}) > 0


async def _read_in_vain(
    database: Database, asked: sa.ClauseElement, given: dict[str, object]
) -> int:
    """How many rows are read and not wanted; on SQLite, which does not count them, how many tables
    are read from the first row to the last.
    """
    async with database.reading() as connection:
        text = _filled_in(asked, given).compile(
            dialect=connection.dialect, compile_kwargs={"literal_binds": True}
        )
        if connection.dialect.name == "sqlite":
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
            return sum(
                str(row.detail).startswith("SCAN") and "CONSTANT" not in row.detail for row in plan
            )
        plan = (await connection.exec_driver_sql(f"EXPLAIN ANALYZE {text}")).scalars()
        return sum(map(int, re.findall(r"Rows Removed by Filter: (\d+)", "\n".join(plan))))


def _filled_in(asked: sa.ClauseElement, given: dict[str, object]) -> sa.ClauseElement:
    """Not by ``params``: SQLAlchemy 2.1.0, the lowest that is tried, does not write those out."""

    def fill_in(parameter: sa.BindParameter[Any]) -> None:
        if parameter.key in given:
            parameter.value, parameter.required = given[parameter.key], False

    return visitors.cloned_traverse(asked, {}, {"bindparam": fill_in})
