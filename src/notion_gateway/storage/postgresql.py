"""Connections to PostgreSQL: what each is asked before it is used, and whether a pooler stands
between.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, TypeVar, cast, final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import greenlet_spawn

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.storage.postgresql_options import split_options
from notion_gateway.storage.session_limits import Asker, limit, limits_missing

_ASK_AFTER_SECONDS: Final = 5.0
"""A connection that was idle for so long is asked whether it is still good."""

_ANSWERS_WITHIN_SECONDS: Final = 2.0
"""A question that needs no work: whoever is silent for longer is gone, and nobody has told."""

PATIENCE_SECONDS: Final = 5.0
"""So long one waits for a connection."""

_T = TypeVar("_T")

_IDLE_SINCE: Final = "notion_gateway_idle_since"
_STATEMENTS_KEPT: Final = 100


@final
class Link:
    """The way to the server, as its connections find it.

    ``is_direct``: each connection has a server process of its own. Then a statement need not be
    in a transaction to be parsed and executed by the same one, and may be kept there, parsed.
    Behind a pooler (PgBouncer in transaction mode) neither holds. Once one connection came by way
    of a pooler, all of them count as if they did.
    """

    def __init__(self) -> None:
        self.is_direct: bool | None = None
        """None: no connection has been made yet."""
        self.transactions_begin: sa.TextClause | None = None
        """What a transaction that changes something begins with, behind a pooler."""
        self.made = 0
        """How many connections."""

    def connect(
        self,
        dialect: sa.Dialect,
        _: object,
        arguments: Sequence[object],
        options: Mapping[str, object],
    ) -> DBAPIConnection:
        """As SQLAlchemy's ``do_connect``: a connection of the kind that suits the link."""
        self.made += 1
        if self.is_direct is not False:
            connection = dialect.connect(
                *arguments, **options, prepared_statement_cache_size=_STATEMENTS_KEPT
            )
            if _ask(dialect, connection, _has_server_process):
                _ask(dialect, connection, limit)
                self.is_direct = True
                return connection
            missing = _ask(dialect, connection, _limits_missing)
            self.transactions_begin = None if missing is None else sa.text(missing)
            self.is_direct = False
            connection.close()
        # No statement is kept, and none has a name that another process may have given before.
        return dialect.connect(
            *arguments,
            **options,
            prepared_statement_cache_size=0,
            prepared_statement_name_func=str,
        )

    async def ask(
        self,
        engine: AsyncEngine,
        statement: sa.Executable,
        given: Mapping[str, object] | None,
        connected: Callable[[], None] | None,
    ) -> Sequence[Any] | None:
        """The rows of one statement in no transaction. None, and nothing was asked, where that does
        not do: the connection was just made, and has found a pooler.

        From SQLAlchemy's pool and back, but past its way of executing: ``prepared.py``.
        """
        from notion_gateway.storage.prepared import fetch, written

        try:
            taken = await greenlet_spawn(engine.sync_engine.raw_connection)
        except engine.dialect.loaded_dbapi.Error as fault:
            raise exc.DBAPIError(None, None, fault, hide_parameters=True) from fault
        driver = cast("_Asyncpg", taken.driver_connection)
        try:
            if not self.is_direct:
                return None
            if connected is not None:
                connected()
            return await fetch(driver, taken.info, written(statement, engine.dialect), given or {})
        except exc.DBAPIError:
            if driver.is_closed():
                taken.invalidate()
            raise
        except BaseException:
            taken.invalidate()  # whoever waited has left, and what it says now is for nobody
            raise
        finally:
            taken.close()


def _adapted(connection: DBAPIConnection) -> AdaptedConnection:
    assert isinstance(connection, AdaptedConnection)  # noqa: S101 - of every async driver
    return connection


def _ask(
    dialect: sa.Dialect, connection: DBAPIConnection, question: Callable[[Any], Awaitable[_T]]
) -> _T:
    """Of a connection that is being made. The driver's own faults become SQLAlchemy's, which it
    makes only of those of statements; the connection is closed then.
    """
    driver: Any = dialect.loaded_dbapi
    try:
        return _adapted(connection).run_async(question)
    except (driver.asyncpg.PostgresError, driver.asyncpg.InterfaceError) as fault:
        _adapted(connection).run_async(_terminate)
        raise exc.DBAPIError(None, None, fault, hide_parameters=True) from fault


async def _terminate(connection: "_Asyncpg") -> None:
    connection.terminate()


class _Asyncpg(Asker, Protocol):
    """What is used of ``asyncpg.Connection``, which has no types of its own."""

    def transaction(self) -> AbstractAsyncContextManager[object]: ...

    async def fetchval(self, query: str, *, timeout: float | None = None) -> object: ...  # noqa: ASYNC109 - its name

    async def prepare(self, query: str, *, name: str) -> Any: ...  # noqa: ANN401 - see ``prepared.py``

    def get_server_pid(self) -> int: ...

    def is_closed(self) -> bool: ...

    def terminate(self) -> None: ...


async def _has_server_process(connection: _Asyncpg) -> bool:
    """Whether the process that answers is the one that was promised when the connection was made:
    a pooler makes promises of its own (the number goes with a secret that cancels queries).

    In a transaction, which every pooler leaves with one server.
    """
    async with connection.transaction():
        answering = await connection.fetchval("SELECT pg_backend_pid()")
    return answering == connection.get_server_pid()


async def _limits_missing(connection: _Asyncpg) -> str | None:
    async with connection.transaction():
        return await limits_missing(connection)


async def _answers(connection: _Asyncpg) -> bool:
    try:
        await connection.fetchval(";", timeout=_ANSWERS_WITHIN_SECONDS)
    except Exception:  # noqa: BLE001 - whatever it says, it cannot be used
        return False
    return True


def server_engine(
    url: URL, pool_size: int, *, statement_seconds: float | None = 15
) -> tuple[AsyncEngine, Link]:
    """``statement_seconds``: how long a statement may take where the address does not say it; None
    for no limit, whatever the address says.
    """
    url, options = split_options(url)
    limit = options.pop("command_timeout", statement_seconds)
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=PATIENCE_SECONDS,
        pool_use_lifo=True,  # a few connections in steady use, rather than all of them now and then
        hide_parameters=True,
        connect_args={
            "statement_cache_size": 0,  # the driver's own; SQLAlchemy's is the link's affair
            "timeout": 5,
            "command_timeout": None if statement_seconds is None else limit,
            **options,
        },
    )
    link = Link()
    event.listen(engine.sync_engine, "do_connect", link.connect)
    _look_before_use(engine)
    return engine, link


def _look_before_use(engine: AsyncEngine) -> None:
    """A connection that a failover cut, or let fall silent, is replaced, not handed out.

    One that was closed is known to be. One that was idle for a while is asked, and costs a
    question; one in steady use would have told, and costs none.
    """

    def returned(_: object, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = steady_seconds()

    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        idle_since = record.info.pop(_IDLE_SINCE, None)
        if idle_since is None:
            return  # it was just made
        if cast("_Asyncpg", record.driver_connection).is_closed():
            raise exc.InvalidatePoolError
        if steady_seconds() - idle_since < _ASK_AFTER_SECONDS:
            return
        if not _adapted(connection).run_async(_answers):
            raise exc.InvalidatePoolError

    event.listen(engine.sync_engine, "checkin", returned)
    event.listen(engine.sync_engine, "checkout", taken)
