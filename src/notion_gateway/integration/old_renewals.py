"""Deletes the events of old renewals, which is nearly all there is in ``events``."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, final

import sqlalchemy as sa

from notion_gateway.integration.event_store import WRITTEN
from notion_gateway.integration.rules.superfluous import BRINGS_PAIR, INTENT, NEW_PAIR
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import BATCH, Counted
from notion_gateway.storage.schema.events import events, snapshots

_STREAMS_AT_ONCE = 100

_e, _s = events.c, snapshots.c
_AT = _e.data["at"].as_string()
"""As it is stored: in UTC, so that the letters are in the order of time."""
_IS_RENEWAL = (_e.type == INTENT) | ((_e.type == NEW_PAIR) & _e.data["grant"].as_string().is_(None))
_STREAM = sa.bindparam("of_stream", type_=sa.Text)
_BEFORE = sa.bindparam("before", type_=sa.Integer)


def _first_renewal(what: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    query = sa.select(what).where(_e.stream == _s.stream, _e.version < _s.version, _IS_RENEWAL)
    return query.order_by(_e.version).limit(1).scalar_subquery()


_newest_pair = (
    sa.select(_e.version)
    .where(_e.stream == _s.stream, _e.type.in_(BRINGS_PAIR))
    .order_by(_e.version.desc())
    .limit(1)
    .scalar_subquery()
)
_LOOK = (
    sa.select(
        _s.stream,
        _s.version.label("written"),
        _newest_pair.label("pair"),
        _first_renewal(_e.version).label("first"),
        _first_renewal(_AT).label("first_at"),
    )
    .where(_s.format == WRITTEN.number, _s.stream.startswith("notion-integration/"))
    .where(_s.stream > sa.bindparam("after", type_=sa.Text))
    .order_by(_s.stream)
    .limit(_STREAMS_AT_ONCE)
)
_FIRST = (
    sa.select(_e.version, _AT)
    .where(_e.stream == _STREAM, _e.version < _BEFORE, _IS_RENEWAL)
    .order_by(_e.version)
    .limit(1)
)
_OLD = (
    (_e.stream == _STREAM)
    & (_e.version < _BEFORE)
    & _IS_RENEWAL
    & (sa.bindparam("until", type_=sa.Text) > _AT)
)
_DELETE = sa.delete(events).where(_OLD, _e.version >= sa.bindparam("first", type_=sa.Integer))
_COUNT = sa.select(sa.func.count()).select_from(events).where(_OLD)
_EVERY = sa.select(sa.func.count()).select_from(events)


@dataclass(frozen=True, slots=True)
class _Stream:
    """Its renewals before version ``before`` are superfluous; ``first`` is the first of them."""

    name: str
    before: int
    first: int


@final
class OldRenewals:
    """``keep``: how long a renewal is kept; None for ever.

    Only what lies before a stream's snapshot goes, so that the event which proves the snapshot
    stays, and gateways of a version that knows no missing events read on from there. The state does
    not depend on it: what is left adds up to the same from the first event on.
    """

    table = events.name

    def __init__(self, database: Database, keep: timedelta | None) -> None:
        self._database = database
        self._keep = keep

    @property
    def rule(self) -> str:
        if self._keep is None:
            return "never: GATEWAY_KEEP_RENEWALS_DAYS is 0"
        return (
            f"{self._keep.days} days after a renewal, where later ones and a snapshot have come."
            " Everything else stays"
        )

    async def count(self, now: datetime) -> Counted:
        old = 0
        if self._keep is not None:
            until = _written(now - self._keep)
            async with aclosing(self._with_old(until)) as lots:
                async for lot in lots:
                    old += sum([await self._count_of(stream, until) for stream in lot])
        async with self._database.reading() as connection:
            every = (await connection.execute(_EVERY)).scalar_one()
        return Counted(old, every - old)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        if self._keep is None:
            return
        until = _written(now - self._keep)
        async with aclosing(self._with_old(until)) as lots:
            async for lot in lots:
                yield 0
                for stream in lot:
                    first: int | None = stream.first
                    while first is not None:
                        yield await self._delete_from(stream, first, until)
                        first = await self._first_old(stream, until)

    async def _with_old(self, until: str) -> AsyncGenerator[Sequence[_Stream]]:
        """Those with something to delete, of so many streams at a time, by name."""
        after = ""
        while True:
            async with self._database.reading() as connection:
                found = (await connection.execute(_LOOK, {"after": after})).all()
            bounds = [(row, min(row.written, row.pair or 0)) for row in found]
            yield [
                _Stream(row.stream, before, row.first)
                for row, before in bounds
                if row.first is not None and row.first < before and row.first_at < until
            ]
            if len(found) < _STREAMS_AT_ONCE:
                return
            after = found[-1].stream

    async def _delete_from(self, stream: _Stream, first: int, until: str) -> int:
        """No event is looked at twice: the old ones are the first ones."""
        given = {
            "of_stream": stream.name,
            "first": first,
            "before": min(first + BATCH, stream.before),
            "until": until,
        }
        async with self._database.autocommit() as connection:
            return (await connection.execute(_DELETE, given)).rowcount

    async def _count_of(self, stream: _Stream, until: str) -> int:
        given = {"of_stream": stream.name, "before": stream.before, "until": until}
        async with self._database.reading() as connection:
            return (await connection.execute(_COUNT, given)).scalar_one()

    async def _first_old(self, stream: _Stream, until: str) -> int | None:
        async with self._database.reading() as connection:
            given = {"of_stream": stream.name, "before": stream.before}
            first = (await connection.execute(_FIRST, given)).one_or_none()
        return first[0] if first is not None and first[1] < until else None


def _written(at: datetime) -> str:
    """As events have it."""
    return at.isoformat()
