"""Statements that SQLAlchemy has no word for that fits both databases."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_rows(
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    where: sa.ColumnElement[bool] | None = None,
) -> sa.Insert:
    """One statement for all ``rows``, at least one and all of the same columns, which inserts
    them as long as ``where`` holds. Compiled once for each number of rows, unlike ``VALUES``;
    SQLite takes 500.
    """
    columns = list(rows[0])
    found = [
        sa.select(*(_expression(table.c[name], row[name]) for name in columns)) for row in rows
    ]
    if where is not None:
        found = [one.where(where) for one in found]
    source = found[0] if len(found) == 1 else sa.union_all(*found)
    return sa.insert(table).from_select(columns, source, include_defaults=False)


def _expression(column: sa.Column[Any], value: object) -> sa.ColumnElement[Any]:
    if isinstance(value, sa.ColumnElement):
        return cast("sa.ColumnElement[Any]", value)
    return sa.literal(value, column.type)


def upsert(connection: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what to do where the row is there already."""
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return insert[connection.dialect.name](table)
