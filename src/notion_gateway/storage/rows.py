"""Statements that fit both databases, made once: to put one together takes SQLAlchemy longer than
to send it. What changes from one execution to the next is a parameter.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def insertion(
    table: sa.Table,
    columns: Sequence[str],
    count: int,
    *,
    where: sa.ColumnElement[bool] | None = None,
    **fixed: sa.ColumnElement[Any],
) -> sa.Insert:
    """One statement for ``count`` rows, at least one and on SQLite at most 500, which inserts them
    as long as ``where`` holds. Its parameters are what ``parameters`` makes of the rows.

    ``fixed``: columns that the database works out.
    """
    selects: list[sa.Select[*tuple[Any, ...]]] = []
    for number in range(count):
        given = [sa.bindparam(f"{name}_{number}", type_=table.c[name].type) for name in columns]
        one = sa.select(*given, *fixed.values())
        selects.append(one if where is None else one.where(where))
    source = selects[0] if count == 1 else sa.union_all(*selects)
    return sa.insert(table).from_select([*columns, *fixed], source, include_defaults=False)


def parameters(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """For ``insertion`` of as many rows."""
    return {
        f"{name}_{number}": value for number, row in enumerate(rows) for name, value in row.items()
    }


async def insert_whole(
    connection: AsyncConnection, table: sa.Table, rows: Sequence[tuple[object, ...]]
) -> None:
    """Any number of rows, each with a value for every column, in the order of ``table`` and as the
    driver takes it: JSON as a text. SQLAlchemy would make parameters of each row by itself, which
    takes longer than what the database does with it.
    """
    await connection.exec_driver_sql(_insert_into(table, connection.dialect), [*rows])


@lru_cache
def _insert_into(table: sa.Table, dialect: Dialect) -> str:
    return str(sa.insert(table).compile(dialect=dialect))


def rows_of(result: sa.CursorResult[Any]) -> Sequence[sa.Row[Any]]:
    """Those of a statement that may have none to give."""
    return result.all() if result.returns_rows else ()


def upsert(dialect: str, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that can say what to do where the row is there already; ``dialect`` by name.

    The engine has loaded its own dialect; the other one, megabytes for PostgreSQL's, is left out.
    """
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
