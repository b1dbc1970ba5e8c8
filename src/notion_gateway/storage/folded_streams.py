"""What a stream's events add up to, in a time that does not grow with the stream.

Now and again the state is written down beside the events (a snapshot), in the transaction of an
append; whoever loads reads the newest one and the events after it. The events stay the truth. A
snapshot counts only where it fits them: it carries a SHA-256 over itself and the event that it
ends with, so that one that was altered, belongs to another stream, or is left over from before a
restore, is passed over, and the stream read from its first event on.

Versions may be missing: maintenance deletes events that later ones have made superfluous. So a
state gets its version from the rows, and what is left adds up to the same, with a snapshot or
without.
"""

import asyncio
import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar, final

import sqlalchemy as sa
import structlog
from pydantic import TypeAdapter, ValidationError

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.events import Record, UnknownEvent, to_record
from notion_gateway.storage.event_streams import EventStreams
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.events import events, snapshots
from notion_gateway.storage.steps import Condition, Step

log = structlog.stdlib.get_logger()

EVERY = 16
"""Events between two snapshots; up to twice as many are read after one."""

_MANY = 4 * EVERY
"""From so many events on, what was read is worth writing down at once."""

_AT_A_TIME = 200
"""Events that are read, and folded without letting anybody else in between."""

_BESIDE, _SNAPSHOT, _EVENT = range(3)
"""What a row is, in the order in which they are read."""

_OF_STREAM = sa.bindparam("of_stream", type_=sa.Text)
_OF_FORMAT = sa.bindparam("of_format", type_=sa.Integer)


@functools.cache
def _newest(beside: sa.Select[Any] | None = None) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """The rows ``beside``, the snapshot, and the first events from its own last one on."""
    columns = [] if beside is None else list(beside.selected_columns)
    none = [sa.cast(sa.null(), column.type).label(column.name) for column in columns]
    mine = (snapshots.c.stream == _OF_STREAM) & (snapshots.c.format == _OF_FORMAT)
    written = sa.select(
        sa.literal(_SNAPSHOT).label("part"),
        snapshots.c.version,
        snapshots.c.state.label("data"),
        snapshots.c.sha256,
        *none,
    ).where(mine)
    since = sa.select(snapshots.c.version).where(mine).scalar_subquery()
    happened = sa.select(
        sa.literal(_EVENT), events.c.version, events.c.data, sa.literal("", sa.Text), *none
    ).where(events.c.stream == _OF_STREAM, events.c.version >= sa.func.coalesce(since, 0))
    parts = [written, happened]
    if beside is not None:
        no_data = sa.cast(sa.null(), events.c.data.type)
        of_them = (sa.literal(_BESIDE), sa.literal(0), no_data, sa.literal("", sa.Text))
        parts.append(beside.with_only_columns(*of_them, *columns))
    return sa.union_all(*parts).order_by("part", "version").limit(_AT_A_TIME)


_AFTER = (
    sa.select(events.c.version, events.c.data)
    .where(events.c.stream == _OF_STREAM)
    .where(events.c.version > sa.bindparam("after", type_=sa.Integer))
    .order_by(events.c.version)
    .limit(_AT_A_TIME)
)


def _write(where: Condition | None, dialect: str) -> sa.Insert:
    """Also an older one in the place of a newer: that one may be of before a restore."""
    given = {
        "stream": _OF_STREAM,
        "format": _OF_FORMAT,
        "version": sa.bindparam("at_version", type_=sa.Integer),
        "state": sa.bindparam("written", type_=sa.JSON),
        "sha256": sa.bindparam("proof", type_=sa.Text),
    }
    statement = upsert(dialect, snapshots)
    if where is None:
        statement = statement.values(given)
    else:
        written = sa.select(*given.values()).where(where)
        statement = statement.from_select(list(given), written, include_defaults=False)
    new = {name: statement.excluded[name] for name in ("version", "state", "sha256")}
    return statement.on_conflict_do_update(index_elements=["stream", "format"], set_=new)


E = TypeVar("E", bound=Record)
E_contra = TypeVar("E_contra", bound=Record, contravariant=True)


class State(Protocol[E_contra]):
    """What events add up to. Pure; ``version`` is the last event's, 0 of an empty stream."""

    @property
    def version(self) -> int: ...

    def apply(self, event: E_contra | UnknownEvent) -> Self: ...

    def at(self, version: int) -> Self:
        """The same, after events that are deleted."""
        ...


S = TypeVar("S", bound=State[Any])


@dataclass(frozen=True, slots=True)
class Format(Generic[S]):
    """How a state is written down.

    ``number`` is raised with everything that changes what a stream adds up to: a field of the
    state, a type of event, a line of ``apply``. Snapshots under another number are not read.
    """

    number: int
    adapter: TypeAdapter[S]
    empty: Callable[[str], S]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """As it was found: not believed yet."""

    version: int
    state: object
    sha256: str


@dataclass(frozen=True, slots=True)
class _Row:
    version: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Lot:
    """``more``: there may be events after these."""

    rows: Sequence[_Row]
    more: bool


@final
class FoldedStreams(Generic[E, S]):
    def __init__(self, streams: EventStreams[E], written: Format[S]) -> None:
        self._streams = streams
        self._format = written

    async def load(self, stream_id: str) -> S:
        """Raises HistoryUnreadable and StoreUnavailable."""
        return (await self.load_with(stream_id, None))[0]

    async def load_with(
        self, stream_id: str, beside: sa.Select[Any] | None, **given: object
    ) -> tuple[S, Sequence[sa.Row[Any]]]:
        """The same, and what ``beside`` finds at that moment, a few rows, by the same statement;
        ``given`` are its parameters. Where the stream is longer than one statement reads, the state
        is of a later moment.
        """
        snapshot, lot, found = await self._newest(stream_id, beside, given)
        return await self._state(stream_id, snapshot, lot), found

    async def _state(self, stream_id: str, snapshot: _Snapshot | None, lot: _Lot) -> S:
        state = self._format.empty(stream_id)
        if snapshot is not None:
            known = self._believed(stream_id, snapshot, lot.rows)
            if known is None:
                log.warning("snapshot_passed_over", stream=self._streams.name(stream_id))
                lot = await self._after(stream_id, 0)
            else:
                state, lot = known, _Lot(lot.rows[1:], more=lot.more)
        return await self._folded(stream_id, state, lot)

    def kept(self, stream_id: str, before: int, state: S, last: E) -> Sequence[Step]:
        """Writes ``state`` down, together with the append of ``last``, where it is time: when the
        last two events have crossed a multiple of ``EVERY``.

        Of two, because some events are appended by themselves, and a renewal ends with one that
        is not.
        """
        if max(before - 1, 0) // EVERY < state.version // EVERY:
            return (self._written(stream_id, state, to_record(last)),)
        return ()

    # --- reading --------------------------------------------------------------------------

    async def _newest(
        self, stream_id: str, beside: sa.Select[Any] | None, given: Mapping[str, object]
    ) -> tuple[_Snapshot | None, _Lot, Sequence[sa.Row[Any]]]:
        """The snapshot, the first events from its own last one on, and what is ``beside``; one
        statement, so that all are of one moment.
        """
        mine = {"of_stream": self._streams.name(stream_id), "of_format": self._format.number}
        found = await self._streams.database.ask(_newest(beside), {**mine, **given})
        snapshot = None
        for row in found:
            if row.part == _SNAPSHOT:
                snapshot = _Snapshot(row.version, row.data, row.sha256)
        rows = [_Row(row.version, row.data) for row in found if row.part == _EVENT]
        lot = _Lot(rows, more=len(found) == _AT_A_TIME)
        return snapshot, lot, [row for row in found if row.part == _BESIDE]

    async def _after(self, stream_id: str, version: int) -> _Lot:
        given = {"of_stream": self._streams.name(stream_id), "after": version}
        found = await self._streams.database.ask(_AFTER, given)
        return _Lot([_Row(*row) for row in found], more=len(found) == _AT_A_TIME)

    async def _folded(self, stream_id: str, state: S, lot: _Lot) -> S:
        """With ``lot`` and whatever comes after it. Others get their turn after each lot."""
        read, last = 0, None
        while True:
            for last in lot.rows:
                if last.version != state.version + 1:
                    state = state.at(last.version - 1)
                state = state.apply(self._streams.read(stream_id, last.data))
            read += len(lot.rows)
            if not lot.more:
                break
            await asyncio.sleep(0)
            lot = await self._after(stream_id, state.version)
        if last is not None and read > _MANY:
            await self._write_aside(stream_id, state, last.data)
        return state

    def _believed(self, stream_id: str, snapshot: _Snapshot, rows: Sequence[_Row]) -> S | None:
        if not rows or rows[0].version != snapshot.version:
            return None
        if (
            self._sha256(stream_id, snapshot.version, snapshot.state, rows[0].data)
            != snapshot.sha256
        ):
            return None
        try:
            state = self._format.adapter.validate_python(snapshot.state)
        except ValidationError:
            return None
        return state if state.version == snapshot.version else None

    # --- writing --------------------------------------------------------------------------

    async def _write_aside(self, stream_id: str, state: S, last: dict[str, Any]) -> None:
        """By whoever has just read a long stream; best effort."""
        try:
            async with self._streams.database.autocommit() as connection:
                await self._written(stream_id, state, last).take(connection)
        except StoreUnavailable:
            log.warning("snapshot_not_written", stream=self._streams.name(stream_id))

    def _written(self, stream_id: str, state: S, last: dict[str, Any]) -> Step:
        document = self._format.adapter.dump_python(state, mode="json")
        row = {
            "of_stream": self._streams.name(stream_id),
            "of_format": self._format.number,
            "at_version": state.version,
            "written": document,
            "proof": self._sha256(stream_id, state.version, document, last),
        }
        return Step(_write, row, (self._streams.database.engine.dialect.name,))

    def _sha256(self, stream_id: str, version: int, state: object, last: object) -> str:
        covered = [self._streams.name(stream_id), self._format.number, version, state, last]
        return hashlib.sha256(json.dumps(covered, sort_keys=True).encode()).hexdigest()
