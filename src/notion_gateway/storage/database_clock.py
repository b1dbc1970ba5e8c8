"""The one clock that all replicas share: the database's."""

import asyncio
from datetime import UTC, datetime
from typing import Any, final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from notion_gateway.kernel.clock import SystemClock, steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database

log = structlog.stdlib.get_logger()


class database_now(FunctionElement[float]):  # noqa: N801 - reads as SQL
    """Seconds since 1970 by the database's clock, the same for every process that asks."""

    type: TypeEngine[float] = sa.Double()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _now_on_sqlite(element: database_now, compiler: Any, **_: Any) -> str:  # noqa: ANN401
    del element, compiler
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _now_on_postgresql(element: database_now, compiler: Any, **_: Any) -> str:  # noqa: ANN401
    del element, compiler
    # Not now(): that is when the transaction began.
    return "extract(epoch from clock_timestamp())::double precision"


class statement_began(database_now):  # noqa: N801 - reads as SQL
    """The same, of when the statement began: one moment for all of its rows. PostgreSQL looks into
    no index for what it would have to ask anew at each row.
    """

    inherit_cache = True


@compiles(statement_began, "postgresql")
def _began_on_postgresql(element: statement_began, compiler: Any, **_: Any) -> str:  # noqa: ANN401
    del element, compiler
    return "extract(epoch from statement_timestamp())::double precision"


def seconds_ago(seconds: float) -> sa.ColumnElement[float]:
    """To compare a column with: so long before the statement began."""
    return statement_began() - seconds


@final
class DatabaseClock:
    """The database's time, told without asking it: looked at now and then, and carried on in
    between by seconds that nobody sets. So replicas agree on when a token expires, however far
    their own clocks are apart.
    """

    def __init__(self, database: Database, *, look_every_seconds: float = 30.0) -> None:
        self._database = database
        self._look_every_seconds = look_every_seconds
        self._offset = SystemClock().timestamp() - steady_seconds()

    def now(self) -> datetime:
        """Before the first look, the time of this process's own clock."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        return steady_seconds() + self._offset

    async def look(self) -> None:
        """Raises StoreUnavailable."""
        async with self._database.reading() as connection:
            # From before the question: rather a little ahead, so that a token is renewed early.
            asked = steady_seconds()
            told = (await connection.execute(sa.select(database_now()))).scalar_one()
        self._offset = told - asked

    async def follow(self, stop: asyncio.Event) -> None:
        """Looks again and again until ``stop`` is set; goes on by itself while it cannot."""
        while not await happens_within(stop, self._look_every_seconds):
            try:
                await self.look()
            except StoreUnavailable:
                log.warning("database_clock_interrupted")
