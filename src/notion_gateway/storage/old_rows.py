"""Rows that have had their time: each table's rule in SQL and in words, and how they are deleted.

In batches, each one short statement by itself: no call waits for more than one of them, and
whoever is killed between two has lost nothing.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, final

import sqlalchemy as sa

from notion_gateway.storage.database import Database

BATCH: Final = 500
"""Rows that one statement deletes at most."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows the rule would delete now, and how many it keeps."""

    old: int
    kept: int


class OldRows(Protocol):
    """What maintenance deletes from one table. Both methods raise StoreUnavailable."""

    @property
    def table(self) -> str: ...

    @property
    def rule(self) -> str:
        """In plain words, as the end of "a row goes …"."""
        ...

    async def count(self, now: datetime) -> Counted: ...

    def delete(self, now: datetime) -> AsyncGenerator[int]:
        """Yields between two statements: how many rows the last one has deleted; none, where it has
        only looked, or put something in order.
        """
        ...


@final
@dataclass(frozen=True)
class RowsPast:
    """Rows of a table; ``past`` says which ones are old. ``by_page``: where no index finds those,
    the table is read in pages of its key, each by a statement of its own.
    """

    database: Database
    of: sa.Table
    rule: str
    past: Callable[[datetime], sa.ColumnElement[bool]]
    by_page: bool = False

    @property
    def table(self) -> str:
        return self.of.name

    async def count(self, now: datetime) -> Counted:
        old, every = (
            sa.select(sa.func.count()).select_from(self.of).where(which).scalar_subquery()
            for which in (self.past(now), sa.true())
        )
        async with self.database.reading() as connection:
            row = (await connection.execute(sa.select(old, every))).one()
        return Counted(row[0], row[1] - row[0])

    def statement(self, now: datetime) -> sa.Delete:
        """Deletes one batch."""
        columns = self.of.primary_key.columns
        past = self.past(now)
        some = sa.select(*columns).where(past).limit(BATCH)
        key = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
        # Asked again of each row: somebody may have begun to use it since it was found.
        return sa.delete(self.of).where(key.in_(some), past)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        if self.by_page:
            async for deleted in self._delete_by_page(now):
                yield deleted
            return
        statement = self.statement(now)
        while True:
            async with self.database.autocommit() as connection:
                deleted = (await connection.execute(statement)).rowcount
            if not deleted:
                return
            yield deleted

    async def _delete_by_page(self, now: datetime) -> AsyncGenerator[int]:
        after = ""
        while True:
            async with self.database.reading() as connection:
                last, any_old = (await connection.execute(self.page(now, after))).one()
            if last is None:
                return
            deleted = 0
            if any_old:
                async with self.database.autocommit() as connection:
                    statement = sa.delete(self.of).where(self._between(after, last), self.past(now))
                    deleted = (await connection.execute(statement)).rowcount
            yield deleted
            after = last

    def page(self, now: datetime, after: str) -> sa.Select[Any, bool]:
        """The last key of the page that begins after this one, and whether any row in it is old."""
        key = self.of.primary_key.columns[0]
        some = sa.select(key).where(key > after).order_by(key).limit(BATCH).subquery()
        last = sa.select(sa.func.max(some.c[0])).scalar_subquery()
        return sa.select(last, sa.exists().where(self._between(after, last), self.past(now)))

    def _between(self, after: str, last: str | sa.ScalarSelect[Any]) -> sa.ColumnElement[bool]:
        """Keys of several columns are walked by the first of them: it is that of few rows."""
        key = self.of.primary_key.columns[0]
        return (key > after) & (key <= last)
