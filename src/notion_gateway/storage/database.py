"""The database: its transactions, single statements, and migrations."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import QueuePool

from notion_gateway.kernel.errors import StoreUnavailable, StoreUnfit
from notion_gateway.kernel.late_imports import imported
from notion_gateway.storage import sqlite
from notion_gateway.storage.faults import one_vocabulary
from notion_gateway.storage.making import found_revision, make_where_new
from notion_gateway.storage.places import Places
from notion_gateway.storage.postgresql import PATIENCE_SECONDS, server_engine
from notion_gateway.storage.rows import rows_of
from notion_gateway.storage.schema import REVISION
from notion_gateway.storage.schema_version import Fit, fit

_GIVEN_BACK_SECONDS = 2.0
_LOOK_SECONDS = 0.005


@final
class Database:
    """An async engine with two kinds of transaction. Opened once, closed by ``close``."""

    def __init__(self, url: URL | str, *, pool_size: int = 10) -> None:
        """Raises ConfigurationError where the driver does not know an option of the address."""
        self._url = url = make_url(url)
        if url.get_backend_name() == "sqlite":
            self.engine, self._link = sqlite.engine(url), None
            self.places = Places(
                sqlite.CONNECTIONS,
                kept=sqlite.KEPT,
                patience_seconds=sqlite.PATIENCE_SECONDS,
                has_one_writer=True,
            )
            self._each_by_itself = self.engine.execution_options(**{sqlite.EACH_BY_ITSELF: True})
        else:
            self.engine, self._link = server_engine(url, pool_size)
            self.places = Places(
                pool_size, kept=max(1, pool_size // 4), patience_seconds=PATIENCE_SECONDS
            )
            self._each_by_itself = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def folder(self) -> Path | None:
        """Where SQLite's file lies; None for a server, and in memory."""
        if self._link is not None or self.engine.url.database in (None, "", ":memory:"):
            return None
        return Path(self.engine.url.database or "").parent

    @property
    def changes_tables_at_once(self) -> bool:
        """Whether one statement can change several tables."""
        return self._link is not None

    @property
    def links_made(self) -> int:
        """How many connections to a server have been made until now: it may be another one."""
        return 0 if self._link is None else self._link.made

    @property
    def connections(self) -> tuple[int, int, int]:
        """How many are in use, how many are kept for the next, and how many there may be at a
        time; 0 for SQLite, where more of them help nobody.
        """
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return 0, 0, 0
        return pool.checkedout(), pool.checkedin(), 0 if self._link is None else pool.size()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """For questions: as ``autocommit``. Several of them need not be of one moment."""
        with one_vocabulary():
            async with self.places.taken(), self._by_itself(changes=False) as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[AsyncConnection]:
        """Each statement by itself: no BEGIN and no COMMIT go to the server, whole round trips.

        Behind a pooler of PostgreSQL connections the block is one transaction all the same: there
        a statement's two halves (it is parsed, then executed) must not reach two servers. Raises
        StoreUnavailable for any fault of the database.
        """
        with one_vocabulary():
            async with (
                self.places.taken(),
                self.places.turn_to_write(),
                self._by_itself(changes=True) as connection,
            ):
                yield connection

    async def ask(
        self,
        statement: sa.Executable,
        given: Mapping[str, object] | None = None,
        *,
        connected: Callable[[], None] | None = None,
    ) -> Sequence[sa.Row[Any]]:
        """The rows of one statement by itself, a question or a change: as ``autocommit``, for a
        quarter of the processor time. For a statement that is made once, and given what changes:
        it is found again by itself. ``connected`` is called when a connection has been waited for.
        """
        with one_vocabulary():
            async with self.places.taken():
                if self._link is not None and self._link.is_direct:
                    found = await self._link.ask(self.engine, statement, given, connected)
                    if found is not None:
                        return found
                changes = bool(statement.is_dml)
                turn = self.places.turn_to_write() if changes else contextlib.nullcontext()
                async with turn, self._by_itself(changes=changes) as connection:
                    if connected is not None:
                        connected()
                    return rows_of(await connection.execute(statement, given))

    @contextlib.asynccontextmanager
    async def _by_itself(self, *, changes: bool) -> AsyncGenerator[AsyncConnection]:
        if self._link is None or self._link.is_direct:
            async with self._each_by_itself.connect() as connection:
                if self._link is None or self._link.is_direct:
                    yield connection
                    return
                # A pooler was found just now, by the first connection that came from it.
        async with self.engine.connect() as connection, connection.begin():
            if changes:
                await self._limited(connection)
            yield connection

    async def _limited(self, connection: AsyncConnection) -> None:
        """Behind a pooler each transaction says for itself how long it may stand still."""
        if self._link is not None and self._link.transactions_begin is not None:
            await connection.execute(self._link.transactions_begin)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """Commits at the end of the block, rolls back when it raises.

        On SQLite the write lock is taken at once: a reader that turns writer half-way would
        be refused without waiting whenever another writer came between.
        """
        with one_vocabulary():
            async with (
                self.places.taken(),
                self.places.turn_to_write(),
                self.engine.connect() as connection,
                connection.begin(),
            ):
                await self._limited(connection)
                yield connection

    async def scrub(self) -> None:
        """Lets SQLite's side file forget what was deleted; best effort, elsewhere a no-op."""
        if self.engine.dialect.name != "sqlite":
            return
        with contextlib.suppress(StoreUnavailable):
            async with self.autocommit() as connection:
                raw = await connection.get_raw_connection()
                if raw.driver_connection is not None:
                    await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def ping(self) -> None:
        async with self.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def migrate(self) -> str | None:
        """Brings the schema to this version's, and returns the revision that it was of; a no-op
        where it is this version's or newer, and can be served. Raises StoreUnfit where this
        version would not know what it migrates, and StoreUnavailable.

        Of several processes that start at once, one migrates and the others wait for it.
        """
        if self._link is not None:
            async with self.reading() as connection:
                found = await connection.run_sync(found_revision)
            if fit(found, REVISION).can_be_served:
                return found
            await imported("notion_gateway.storage.migrating_server")
            from notion_gateway.storage.migrating_server import migrate_server

            return await migrate_server(self._url)
        async with self.writing() as connection:
            found = await connection.run_sync(found_revision)
            if fit(found, REVISION).can_be_served:
                return found
            if found is None and await connection.run_sync(make_where_new):
                return None
            await imported("notion_gateway.storage.migrating")
            from notion_gateway.storage.migrating import upgrade

            await connection.run_sync(upgrade)
        return found

    async def require_migrated(self) -> None:
        """Raises StoreUnfit when the schema is none that this version can serve."""
        async with self.reading() as connection:
            found = fit(await connection.run_sync(found_revision), REVISION)
        if found is Fit.TOO_OLD:
            raise StoreUnfit(
                "The database's tables are older than this version of the gateway:"
                " `notion-gateway migrate` brings them up to it."
            )
        if found is Fit.TOO_NEW:
            raise StoreUnfit(
                "A newer version of the gateway has changed the database's tables, and this one"
                " cannot work with them: run that version or a newer one."
            )

    async def close(self) -> None:
        # A cancelled shutdown must not leave the driver's thread behind.
        await asyncio.shield(self._close())

    async def _close(self) -> None:
        """Waits a moment for connections that are still in use: the pool closes only those that it
        has. One that a cancelled caller is about to give back would stay open, with its thread.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GIVEN_BACK_SECONDS):
                while self.connections[0]:  # noqa: ASYNC110 - nobody tells of the last one
                    await asyncio.sleep(_LOOK_SECONDS)
        await self.engine.dispose()


def in_utc(value: datetime) -> datetime:
    """SQLite forgets the zone; everything that is stored is in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value
