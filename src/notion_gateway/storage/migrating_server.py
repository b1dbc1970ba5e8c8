"""Brings PostgreSQL's tables to this version's while gateways work with them. Imported where there
is work for it.

Each migration is a transaction of its own, but for those that would leave tables which fewer
gateways can serve than what comes next. It waits a second for a table at most, since everybody
who comes after it waits for the table, too; then it lets go, and tries again. Indexes of tables
that may be large are built before it, beside the calls. What has no limit is how long work takes.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Final

import sqlalchemy as sa
import stamina
import structlog
from asyncpg.exceptions import PostgresError
from sqlalchemy import exc
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from notion_gateway.storage.faults import one_vocabulary
from notion_gateway.storage.large_indexes import LargeIndex
from notion_gateway.storage.making import found_revision, make_where_new
from notion_gateway.storage.migrating import pending, upgrade
from notion_gateway.storage.postgresql import server_engine
from notion_gateway.storage.schema import REVISION
from notion_gateway.storage.schema_version import fit

log = structlog.stdlib.get_logger()

_MIGRATING: Final = 0x6E6F74696F6E
"""Names this gateway's migrations among the server's advisory locks."""
_CONNECTIONS: Final = 2
LOCK_SECONDS: Final = 1
_TRIED_FOR_SECONDS: Final = 600.0
_AGAIN_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.25
_PASSES: Final = frozenset({"55P03", "40P01"})
"""A lock that was not to be had in time, and one that two waited for: a matter of the moment."""

_LIMITS: Final = sa.text(
    "SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN :lock ELSE '0' END,"
    " CAST(:of_transaction AS boolean)) FROM pg_settings WHERE name IN ('lock_timeout',"
    " 'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')"
)
"""Those of the server or of the role are made for calls. Older servers do not have all of them."""

_INDEX: Final = sa.text(
    "SELECT i.indisvalid, EXISTS (SELECT FROM pg_stat_progress_create_index AS p"
    " WHERE p.index_relid = i.indexrelid AND p.datname = current_database())"
    " FROM pg_index AS i WHERE i.indexrelid = to_regclass(:name)"
)


async def migrate_server(url: URL) -> str | None:
    """As ``Database.migrate``. Of several processes that begin at once one migrates, and the others
    wait for as long as it is at work.
    """
    engine, link = server_engine(url, _CONNECTIONS, statement_seconds=None)
    try:
        with one_vocabulary():
            async with _the_only_one(engine):
                async with engine.begin() as connection:
                    found = await connection.run_sync(found_revision)
                    if fit(found, REVISION).can_be_served:
                        return found
                    if found is None and await connection.run_sync(make_where_new):
                        return None
                    parts = await connection.run_sync(pending)
                for part in parts:
                    for index in part.large_indexes:
                        build = partial(_build, engine, index, sets=bool(link.is_direct))
                        await _patiently(index.name, build)
                    await _patiently(part.revision, partial(_step, engine, part.revision))
        return found
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def _the_only_one(engine: AsyncEngine) -> AsyncGenerator[None]:
    """Others that wait for the lock ask for it again and again. Inside the question they would hold
    up the build of an index, which waits for every statement that began before it.
    """
    told = False
    while True:
        async with engine.begin() as holder:
            await _without_limits(holder)
            lock = sa.func.pg_try_advisory_xact_lock(_MIGRATING)
            if await holder.scalar(sa.select(lock)):
                # What was parsed first keeps its view of the database until the next statement,
                # and the build of an index would wait for the end of this transaction.
                await _in_one_message(holder, "SELECT")
                yield
                return
        if not told:
            log.info("migration_by_another_awaited")
            told = True
        await asyncio.sleep(_LOOK_SECONDS)


async def _without_limits(
    connection: AsyncConnection, *, lock_seconds: int = 0, of_transaction: bool = True
) -> None:
    await connection.execute(
        _LIMITS, {"lock": f"{lock_seconds}s", "of_transaction": of_transaction}
    )


async def _patiently(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Tried again where something else held a table for too long."""

    def passes(fault: Exception) -> bool:
        if getattr(getattr(fault, "orig", None), "sqlstate", None) not in _PASSES:
            return False
        log.warning("migration_waits_for_lock", step=name)
        return True

    async for attempt in stamina.retry_context(
        on=passes,
        attempts=None,
        timeout=_TRIED_FOR_SECONDS,
        wait_initial=_AGAIN_SECONDS,
        wait_max=_AGAIN_SECONDS,
    ):
        with attempt:
            await work()


async def _step(engine: AsyncEngine, revision: str) -> None:
    async with engine.begin() as connection:
        await _without_limits(connection, lock_seconds=LOCK_SECONDS)
        await connection.run_sync(upgrade, revision)


async def _build(engine: AsyncEngine, index: LargeIndex, *, sets: bool) -> None:
    """Unless it is there. One that a process began which is gone since is either still being built
    by the server, or of no use. ``sets``: whether a connection's settings are its own.
    """
    by_itself = engine.execution_options(isolation_level="AUTOCOMMIT")
    while (found := await found_index(engine, index)) is not None and found[1]:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)
    if found is not None and found[0]:
        return
    async with by_itself.connect() as connection:
        if sets:
            await _without_limits(connection, of_transaction=False)
        if found is not None:
            await _in_one_message(connection, f"DROP INDEX CONCURRENTLY {index.name}")
        await _in_one_message(connection, index.statement)


async def found_index(engine: AsyncEngine, index: LargeIndex) -> tuple[bool, bool] | None:
    """Whether it is valid, and whether it is being built."""
    async with engine.begin() as connection:
        row = (await connection.execute(_INDEX, {"name": index.name})).one_or_none()
    return None if row is None else (row[0], row[1])


async def _in_one_message(connection: AsyncConnection, statement: str) -> None:
    """A pooler may give a statement that is parsed first, and then executed, to two servers."""
    raw = await connection.get_raw_connection()
    try:
        await raw.driver_connection.execute(statement)  # pyright: ignore[reportOptionalMemberAccess]
    except PostgresError as fault:
        raise exc.DBAPIError(statement, None, fault) from fault
