"""PostgreSQL's tables are changed while gateways work with them, however long it takes.

What makes a build slow here is a transaction that began before it, which it waits for: it is as
slow as the test wants, on any machine. What holds a table up is a transaction that reads it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage import migrating_server
from notion_gateway.storage.database import Database
from notion_gateway.storage.large_indexes import LargeIndex
from notion_gateway.storage.migrating import revisions
from notion_gateway.storage.schema import REVISION
from notion_gateway.storage.schema_version import Fit, fit, stops_among
from tests.faults.pgbouncer import running_pgbouncer
from tests.integration.test_version_before import downgrade
from tests.support.databases import PostgresServer
from tests.support.migrated import new_migrated_database
from tests.support.waiting import PATIENCE_SECONDS, until_told

pytestmark = pytest.mark.anyio

BEFORE = "0017_serves_0010"
ROWS = 50_000
INDEX = "ix_audit_entries_reason"
BUILD = f"CREATE INDEX CONCURRENTLY {INDEX} ON audit_entries (space_id, reason, at, number)"
CALLS = """
INSERT INTO audit_entries
  (space_id, number, at, kind, user_id, token, client, tool, status, outcome, reason, duration_ms,
   asked_bytes, request_id, trace_id, rule, pages, calls, code)
SELECT 'birch', n, n, 'call', 'ada', '', '', 'search', 200, 'answered', 'blocked', 1,
   1, '', '', '', '[]', 1, ''
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
"""


@asynccontextmanager
async def older(
    server: PostgresServer, calls: int = 1, revision: str = BEFORE
) -> AsyncGenerator[Database]:
    """Of a version before these indexes, or of another one."""
    database = Database(server.url(await new_migrated_database(server)))
    try:
        async with database.writing() as connection:
            await connection.run_sync(lambda sync: downgrade(sync, revision))
            await connection.execute(sa.text(CALLS), {"first": 1, "last": calls})
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def impatient(database: Database, seconds: int) -> AsyncGenerator[Database]:
    """The same as a gateway opens it whose statements may take so long."""
    url = database.engine.url.update_query_dict({"command_timeout": str(seconds)})
    other = Database(url)
    try:
        yield other
    finally:
        await other.close()


@asynccontextmanager
async def reading(database: Database, what: str = "1") -> AsyncGenerator[None]:
    """A transaction that has read, and has not ended."""
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        await connection.execute(sa.text(f"SELECT {what}"))
        yield


async def asked(database: Database, query: str | sa.TextClause) -> list[object]:
    async with database.reading() as connection:
        text = sa.text(query) if isinstance(query, str) else query
        return list(await connection.scalars(text))


async def begun(database: Database, statement: str, seconds: float = 0) -> None:
    """Returns when the server has been at work on such a statement for so long."""

    async def is_at_work() -> bool:
        return bool(
            await asked(
                database,
                sa.text(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state = 'active' AND query LIKE :like AND"
                    " extract(epoch FROM clock_timestamp() - query_start) > CAST(:seconds AS float)"
                ).bindparams(like=f"{statement}%", seconds=seconds),
            )
        )

    await until_told(is_at_work)


async def record_call(database: Database, number: int) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text(CALLS), {"first": number, "last": number})


async def indexes(database: Database) -> dict[str, bool]:
    """Of recorded calls: whether each is valid."""
    async with database.reading() as connection:
        rows = await connection.execute(
            sa.text(
                "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
                " WHERE indrelid = 'audit_entries'::regclass"
            )
        )
        return {row[0]: row[1] for row in rows}


@asynccontextmanager
async def building(database: Database) -> AsyncGenerator[asyncio.Task[None]]:
    """Another program builds the index."""

    async def build() -> None:
        by_itself = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with by_itself.connect() as connection:
            await connection.execute(sa.text(BUILD))

    async def is_there() -> bool:
        return INDEX in await indexes(database)

    task = asyncio.create_task(build())
    try:
        await until_told(is_there)
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_large_table_is_indexed_beside_calls_and_others_that_start_wait(
    postgres: PostgresServer,
) -> None:
    """For longer than a statement of a gateway may take."""
    async with older(postgres, ROWS) as database, impatient(database, 2) as gateway:
        async with reading(database):
            first = asyncio.create_task(gateway.migrate())
            await begun(database, "CREATE INDEX CONCURRENTLY")
            second = asyncio.create_task(gateway.migrate())
            await begun(database, "CREATE INDEX CONCURRENTLY", seconds=2.5)
            await record_call(database, ROWS + 1)
            assert not first.done()
            assert not second.done()
        assert await first == BEFORE
        assert await second == REVISION
        assert await asked(database, "SELECT version_num FROM alembic_version") == [REVISION]
        found = await indexes(database)
        assert {"reason", "grant", "outcome"} <= {one.rpartition("_")[2] for one in found}
        assert all(found.values())


async def test_control_an_index_that_is_built_in_a_transaction_keeps_calls_from_being_recorded(
    postgres: PostgresServer,
) -> None:
    async with (
        older(postgres) as database,
        impatient(database, 1) as gateway,
        database.writing() as connection,
    ):
        await connection.execute(sa.text(BUILD.replace(" CONCURRENTLY", "")))
        with pytest.raises(StoreUnavailable):
            await record_call(gateway, 2)


async def test_an_index_that_a_killed_build_left_is_built_anew(postgres: PostgresServer) -> None:
    async with older(postgres) as database:
        async with reading(database), building(database) as killed:
            await asked(
                database,
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query = :build AND state = 'active'"
                ).bindparams(build=BUILD),
            )
            with pytest.raises(DBAPIError):
                await killed
        assert (await indexes(database))[INDEX] is False
        assert await database.migrate() == BEFORE
        assert (await indexes(database))[INDEX] is True


async def test_an_index_that_the_server_is_still_building_is_awaited(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed leaves its statement to the server."""
    looked = asyncio.Event()
    found = migrating_server.found_index

    async def telling(engine: AsyncEngine, index: LargeIndex) -> tuple[bool, bool] | None:
        state = await found(engine, index)
        if index.name == INDEX:
            looked.set()
        return state

    monkeypatch.setattr(migrating_server, "found_index", telling)
    async with older(postgres) as database:
        async with AsyncExitStack() as held:
            await held.enter_async_context(reading(database))
            async with building(database) as left:
                number = await asked(database, f"SELECT '{INDEX}'::regclass::oid")
                migration = asyncio.create_task(database.migrate())
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await looked.wait()
                    await held.aclose()
                    await left
        assert await migration == BEFORE
        assert await asked(database, f"SELECT '{INDEX}'::regclass::oid") == number


@pytest.mark.parametrize("lets_go", [True, False])
async def test_a_change_that_waits_for_a_table_lets_calls_pass_and_is_tried_again(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, lets_go: bool
) -> None:
    """Whoever reads a table for long keeps it from being changed, and whoever comes later waits
    behind the change. The control's waits without an end.
    """
    if not lets_go:
        monkeypatch.setattr(migrating_server, "LOCK_SECONDS", 0)
    async with (
        older(postgres, revision="0019_serves_0010") as database,
        impatient(database, 12 if lets_go else 1) as gateway,
    ):
        async with reading(database, "count(*) FROM conversations"):
            migration = asyncio.create_task(database.migrate())
            await begun(database, "ALTER TABLE conversations")
            if lets_go:
                assert await asked(gateway, "SELECT count(*) FROM conversations") == [0]
                await begun(database, "ALTER TABLE conversations")
            else:
                with pytest.raises(StoreUnavailable):
                    await asked(gateway, "SELECT count(*) FROM conversations")
        assert await migration == "0019_serves_0010"


async def test_large_tables_are_indexed_behind_a_transaction_pooler_too(
    postgres: PostgresServer,
) -> None:
    async with older(postgres) as database:
        with running_pgbouncer(postgres, pool_size=3) as pooler:
            behind = Database(pooler.url(database.engine.url.database or ""))
            try:
                assert await behind.migrate() == BEFORE
            finally:
                await behind.close()
        found = await indexes(database)
        assert found[INDEX]
        assert all(found.values())


def test_gateways_that_can_serve_the_end_can_serve_every_table_on_the_way_there() -> None:
    """0012 and 0013 let in fewer versions than what comes after them: they go in one transaction
    with it.
    """
    stops = stops_among(tuple(reversed(revisions())))
    assert {"0011_serves_0010", "0014_serves_0010", REVISION} <= {*stops}
    assert not {"0012_serves_0011", "0013_serves_0012"} & {*stops}
    on_the_way = stops[stops.index("0010_serves_0009") + 1 :]
    assert all(fit(one, "0010_serves_0009") is Fit.NEWER for one in on_the_way)
