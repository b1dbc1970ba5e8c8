"""Streams of events in SQL, and how commands are decided and their events appended.

Each kind of stream (a space's link with Notion, a space's members) has its own events and its
own rules; how they are loaded, appended and retried is the same for all, and stands here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Generic, Protocol, Self, TypeVar, final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.kernel.errors import HistoryUnreadable, StoreRefused, VersionConflict
from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent, to_record
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import events as table

E = TypeVar("E", bound=Record)
C_contra = TypeVar("C_contra", contravariant=True)

InTransaction = Callable[[AsyncConnection], Awaitable[None]]
"""What is stored together with events, or not at all."""


@dataclass(frozen=True, slots=True)
class RecordedEvent(Generic[E]):
    """``version`` counts from 1 within the stream."""

    version: int
    event: E | UnknownEvent


@final
class EventStreams(Generic[E]):
    """Every stream of one kind: ``{kind}/{id}``. ``what`` names the kind in error messages."""

    def __init__(self, database: Database, kind: str, types: EventTypes[E], *, what: str) -> None:
        self._database = database
        self._kind = kind
        self._types = types
        self._what = what

    async def load(self, stream_id: str) -> Sequence[RecordedEvent[E]]:
        """The whole stream, oldest first; empty for an id that was never heard of.

        Raises HistoryUnreadable and StoreUnavailable.
        """
        query = (
            sa.select(table.c.version, table.c.data)
            .where(table.c.stream == self._name(stream_id))
            .order_by(table.c.version)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        try:
            return [RecordedEvent(version, self._types.read(data)) for version, data in rows]
        except ValidationError:
            raise HistoryUnreadable(
                f"The history of {self._what} {stream_id} holds a damaged event: restore the"
                " database from a backup."
            ) from None

    async def append(
        self,
        stream_id: str,
        expected_version: int,
        events: Sequence[E],
        also: InTransaction | None = None,
    ) -> None:
        """All of it or nothing, ``also`` included, in one transaction.

        Raises VersionConflict when the stream is not at ``expected_version`` any more,
        StoreRefused when the database takes a row for wrong, which trying again would not
        change, and StoreUnavailable.
        """
        try:
            async with self._database.writing() as connection:
                if await self._version(connection, stream_id) != expected_version:
                    raise VersionConflict
                if events:
                    rows = self._rows(stream_id, expected_version, events)
                    await connection.execute(sa.insert(table), rows)
                if also is not None:
                    await also(connection)
        except IntegrityError:
            async with self._database.reading() as connection:
                lost_race = await self._version(connection, stream_id) != expected_version
            raise (VersionConflict if lost_race else StoreRefused) from None

    async def _version(self, connection: AsyncConnection, stream_id: str) -> int:
        mine = table.c.stream == self._name(stream_id)
        return await connection.scalar(sa.select(sa.func.max(table.c.version)).where(mine)) or 0

    def _rows(self, stream_id: str, after: int, events: Sequence[E]) -> list[dict[str, Any]]:
        records = [to_record(event) for event in events]
        return [
            {
                "stream": self._name(stream_id),
                "version": version,
                "type": record["type"],
                "data": record,
            }
            for version, record in enumerate(records, start=after + 1)
        ]

    def _name(self, stream_id: str) -> str:
        return f"{self._kind}/{stream_id}"


# --- deciding -----------------------------------------------------------------------------


class Decider(Protocol[C_contra, E]):
    """A stream folded into a state, which says what a command makes of it. Pure."""

    @property
    def version(self) -> int:
        """The last event's; 0 is an empty stream."""
        ...

    def apply(self, event: E) -> Self: ...

    def decide(self, command: C_contra, now: datetime) -> Sequence[E]:
        """The events a command causes; none where it has no effect."""
        ...


S = TypeVar("S", bound=Decider[Any, Any])


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """``before`` and ``after`` one command; equal versions mean that it had no effect."""

    before: S
    after: S

    @property
    def happened(self) -> bool:
        return self.after.version > self.before.version


async def decide_and_append(
    command: object,
    *,
    load: Callable[[], Awaitable[S]],
    append: Callable[[S, Sequence[Any], S], Awaitable[bool]],
    now: Callable[[], datetime],
    seen: S | None = None,
) -> Outcome[S]:
    """Decides on the newest state; a conflict is loaded and decided again, never overwritten.

    ``append`` is given the state before, the new events and the state after; False lets the
    command have no effect after all. A caller that must act on a state it has ``seen`` gets
    VersionConflict when the stream has moved on.
    """
    while True:
        before = await load()
        if seen is not None and before.version != seen.version:
            raise VersionConflict
        events = before.decide(command, now())
        if not events:
            return Outcome(before, before)
        after = reduce(lambda state, event: state.apply(event), events, before)
        try:
            appended = await append(before, events, after)
        except VersionConflict:
            continue
        return Outcome(before, after if appended else before)
