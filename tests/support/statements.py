"""Counts what a process says to its databases: each statement, each BEGIN, COMMIT and ROLLBACK.

Read where the driver sends it, not where SQLAlchemy decides: a connection in autocommit has a
transaction for SQLAlchemy and none for the server, and the question whether a pooled connection is
still good is no statement of SQLAlchemy's at all.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, final

import aiosqlite
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy import event, pool


@final
class Statements:
    """What has been sent since the last ``clear``, oldest first."""

    def __init__(self) -> None:
        self._sent: list[str] = []

    def note(self, statement: str) -> None:
        self._sent.append(" ".join(statement.split()))

    def clear(self) -> None:
        self._sent.clear()

    @property
    def sent(self) -> Sequence[str]:
        return tuple(self._sent)

    def verbs(self) -> Counter[str]:
        """How often each first word was sent."""
        return Counter(one.split(" ", 1)[0].strip(";").upper() or "PING" for one in self._sent)


@contextmanager
def counting() -> Generator[Statements]:
    """For every engine of this process whose connections are made within the block."""
    statements = Statements()

    def logged(query: Any) -> None:
        statements.note(query.query)

    def connected(connection: Any, _: object) -> None:
        driver = connection.driver_connection
        if isinstance(driver, aiosqlite.Connection):
            connection.run_async(traced)
        else:
            # What asyncpg sends without parsing it apart: BEGIN, COMMIT, ROLLBACK and the ping.
            driver.add_query_logger(logged)

    async def traced(connection: Any) -> None:
        await connection.set_trace_callback(statements.note)

    driver: Any = PreparedStatement
    fetch = driver.fetch

    async def executed(parsed: Any, *given: Any, **named: Any) -> Any:
        statements.note(parsed.get_query())
        return await fetch(parsed, *given, **named)

    event.listen(pool.Pool, "connect", connected)
    driver.fetch = executed
    try:
        yield statements
    finally:
        event.remove(pool.Pool, "connect", connected)
        driver.fetch = fetch
