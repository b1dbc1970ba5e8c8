"""SQLite's engine: its pragmas, and how its transactions begin."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

EACH_BY_ITSELF: Final = "notion_gateway_each_by_itself"
"""An execution option of SQLAlchemy's: no transaction is begun."""
CONNECTIONS: Final = 15
KEPT: Final = 7
"""For renewals under way. More readers at a time than the others help nobody: they are threads of
this process.
"""
PATIENCE_SECONDS: Final = 30.0
_BUSY_TIMEOUT_MS: Final = 5000


def engine(url: URL) -> AsyncEngine:
    """Each connection writes ahead, durably, and begins a transaction with the write lock."""
    # hide_parameters: a statement in an error message must not carry what it was to store.
    # A database in memory has one connection, and no pool whose size could be set.
    pool: dict[str, Any] = {}
    if url.database not in (None, "", ":memory:"):
        pool = {"pool_size": 5, "max_overflow": CONNECTIONS - 5}
        pool["pool_timeout"] = PATIENCE_SECONDS
    made = create_async_engine(
        url, hide_parameters=True, connect_args={"isolation_level": None}, **pool
    )

    def prepare(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit survives a power cut; an acknowledged token is never lost.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # Destroyed secrets are overwritten, not left in free pages.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        cursor.close()

    def begin(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(EACH_BY_ITSELF, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(made.sync_engine, "connect", prepare)
    event.listen(made.sync_engine, "begin", begin)
    return made
