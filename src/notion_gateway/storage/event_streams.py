"""Streams of events in SQL: appended with an expected version, read in pages.

Each kind of stream (a space's link with Notion, a space's members) has its own events and its
own rules; how they are stored is the same for all, and stands here. What they add up to is read
through ``folded_streams.py``.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from notion_gateway.kernel.errors import HistoryUnreadable, StoreRefused, VersionConflict
from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent, to_record
from notion_gateway.storage.database import Database
from notion_gateway.storage.rows import insertion, parameters
from notion_gateway.storage.schema.events import events as table
from notion_gateway.storage.steps import Made, Step

E = TypeVar("E", bound=Record)

_NEWEST = sa.select(sa.func.coalesce(sa.func.max(table.c.version), 0)).where(
    table.c.stream == sa.bindparam("of_stream", type_=sa.Text)
)


@functools.cache
def _append(count: int) -> ReturningInsert[int]:
    """Inserts nothing where the stream is not at ``after``. Two at once may both find it there; the
    primary key lets one of them in.
    """
    is_there = _NEWEST.scalar_subquery() == sa.bindparam("after", type_=sa.Integer)
    columns = ("stream", "version", "type", "data")
    return insertion(table, columns, count, where=is_there).returning(table.c.version)


@functools.cache
def _append_and(
    count: int, kinds: tuple[tuple[Made, tuple[Any, ...]], ...]
) -> sa.Select[tuple[int]]:
    """As ``_append``, and in the same statement the steps, where it has inserted. PostgreSQL only.

    Each step waits for the append, so that of two at once the later one has locked nothing yet
    when it finds its version taken.
    """
    appended = _append(count).cte("appended")
    happened = sa.exists(sa.select(appended.c.version))
    query = sa.select(appended.c.version)
    for number, (made, of) in enumerate(kinds):
        query = query.add_cte(made(happened, *of).cte(f"step_{number}"))
    return query


InTransaction = Callable[[AsyncConnection], Awaitable[None]]
"""What is stored together with events, or not at all."""

Told = Callable[[AsyncConnection, str, int, Sequence[E]], Awaitable[None]]
"""In the transaction that appends events to a stream: the stream's id, its version before, and
the events. For a feature above that writes down what is to be told of them."""


@dataclass(frozen=True, slots=True)
class RecordedEvent(Generic[E]):
    """``version`` counts from 1 within the stream."""

    version: int
    event: E | UnknownEvent


@final
class EventStreams(Generic[E]):
    """Every stream of one kind: ``{kind}/{id}``. ``what`` names the kind in error messages."""

    def __init__(self, database: Database, kind: str, types: EventTypes[E], *, what: str) -> None:
        self.database = database
        self._kind = kind
        self._types = types
        self._what = what

    async def page(
        self, stream_id: str, *, limit: int, before: int | None = None
    ) -> Sequence[RecordedEvent[E]]:
        """The newest ``limit`` events of those before version ``before``, oldest first; empty for
        an id that was never heard of.

        Raises HistoryUnreadable and StoreUnavailable.
        """
        query = (
            sa.select(table.c.version, table.c.data)
            .where(table.c.stream == self.name(stream_id))
            .order_by(table.c.version.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(table.c.version < before)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            RecordedEvent(version, self.read(stream_id, data)) for version, data in reversed(rows)
        ]

    async def append(
        self,
        stream_id: str,
        expected_version: int,
        events: Sequence[E],
        steps: Sequence[Step] = (),
        also: InTransaction | None = None,
    ) -> None:
        """All of it or nothing: with ``also``, and on SQLite with ``steps``, in one transaction,
        else in one statement.

        Raises VersionConflict when the stream is not at ``expected_version`` any more,
        StoreRefused when the database takes a row for wrong, which trying again would not
        change, and StoreUnavailable.
        """
        in_one = not steps or (self.database.changes_tables_at_once and len(events) > 0)
        try:
            if in_one and also is None and events:
                statement, given = self._insertion(stream_id, expected_version, events, steps)
                if not await self.database.ask(statement, given):
                    raise VersionConflict
                return
            async with self.database.writing() as connection:
                if in_one:
                    await self._insert(connection, stream_id, expected_version, events, steps)
                else:
                    await self._insert(connection, stream_id, expected_version, events)
                    for step in steps:
                        await step.take(connection)
                if also is not None:
                    await also(connection)
        except IntegrityError:
            async with self.database.reading() as connection:
                lost_race = await self._version(connection, stream_id) != expected_version
            raise (VersionConflict if lost_race else StoreRefused) from None

    def name(self, stream_id: str) -> str:
        """As the stream is called in the tables."""
        return f"{self._kind}/{stream_id}"

    def read(self, stream_id: str, data: dict[str, Any]) -> E | UnknownEvent:
        """An event as it is stored. Raises HistoryUnreadable."""
        try:
            return self._types.read(data)
        except ValidationError:
            raise HistoryUnreadable(
                f"The history of {self._what} {stream_id} holds a damaged event: restore the"
                " database from a backup."
            ) from None

    async def _insert(
        self,
        connection: AsyncConnection,
        stream_id: str,
        after: int,
        events: Sequence[E],
        steps: Sequence[Step] = (),
    ) -> None:
        if not events:
            if await self._version(connection, stream_id) != after:
                raise VersionConflict
            return
        statement, given = self._insertion(stream_id, after, events, steps)
        if not (await connection.execute(statement, given)).all():
            raise VersionConflict

    def _insertion(
        self, stream_id: str, after: int, events: Sequence[E], steps: Sequence[Step]
    ) -> tuple[sa.Executable, dict[str, object]]:
        """Has a row for each event that it has inserted, and its parameters."""
        rows = parameters(self._rows(stream_id, after, events))
        given = {**rows, "of_stream": self.name(stream_id), "after": after}
        if not steps:
            return _append(len(events)), given
        for step in steps:
            given.update(step.given)
        return _append_and(len(events), tuple(step.kind for step in steps)), given

    async def _version(self, connection: AsyncConnection, stream_id: str) -> int:
        given = {"of_stream": self.name(stream_id)}
        return (await connection.execute(_NEWEST, given)).scalar_one()

    def _rows(self, stream_id: str, after: int, events: Sequence[E]) -> list[dict[str, Any]]:
        records = [to_record(event) for event in events]
        return [
            {
                "stream": self.name(stream_id),
                "version": version,
                "type": record["type"],
                "data": record,
            }
            for version, record in enumerate(records, start=after + 1)
        ]
