"""Deletes entries whose time is over: the oldest of a chain, which begins after them then. Then
the pages of those that stay are made easy to find.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final

import sqlalchemy as sa
import structlog

from notion_gateway.audit.filling import fill_pages
from notion_gateway.audit.keeping import KeptDays
from notion_gateway.audit.store import AuditStore
from notion_gateway.kernel.errors import HistoryUnreadable
from notion_gateway.storage.old_rows import BATCH, Counted
from notion_gateway.storage.schema.access import spaces
from notion_gateway.storage.schema.audit import audit_ends, audit_entries

log = structlog.stdlib.get_logger()

_SPACES: Final = 100
"""So many are looked at by one statement."""


@final
class OldEntries:
    """``keep``: of spaces that have not set their own; None is for ever. What is left can still be
    verified. Of a space that was deleted with its calls, nothing is kept.
    """

    table = audit_entries.name

    def __init__(self, store: AuditStore, keep: timedelta | None) -> None:
        self._store = store
        self._days = KeptDays(store.database)
        self._keep = keep

    @property
    def rule(self) -> str:
        own = "or as the space's owners have set; with its space, where they chose so"
        if self._keep is None:
            return f"never: GATEWAY_AUDIT_DAYS is 0; {own}"
        return f"{self._keep.days} days after the call, {own}"

    async def count(self, now: datetime) -> Counted:
        ends = audit_entries.c.at
        old = kept = 0
        for space_id in await self._store.spaces():
            goes = await self._goes_with_its_space(space_id)
            before = await self._before(space_id, now, goes=goes)
            query = sa.select(
                sa.func.count().filter(ends < before), sa.func.count().filter(ends >= before)
            ).where(audit_entries.c.space_id == space_id)
            async with self._store.database.reading() as connection:
                past, others = (await connection.execute(query)).one()
            old, kept = old + past, kept + others
        return Counted(old, kept)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        """A few statements for a hundred spaces, and more for those alone that have old entries or
        days of their own.
        """
        after = ""
        while found := await self._spaces(after):
            yield 0
            for one in found:
                before = self._usual(now)
                if one.goes or one.has_own_days:
                    before = await self._before(one.space_id, now, goes=one.goes)
                    yield 0
                if one.oldest is None or one.oldest >= before:
                    continue
                while deleted := await self._store.delete_before(one.space_id, before, BATCH):
                    yield deleted
            after = found[-1].space_id
        async for _ in fill_pages(self._store.database):
            yield 0

    async def _spaces(self, after: str) -> Sequence["_Space"]:
        """The next ones that have entries, by id."""
        ends, entries = audit_ends.c, audit_entries.c
        oldest = (
            sa.select(entries.at)
            .where(entries.space_id == ends.space_id, entries.number > ends.kept_after)
            .order_by(entries.number)
            .limit(1)
        )
        query = (
            sa.select(
                ends.space_id,
                oldest.scalar_subquery(),
                _goes_with(ends.space_id),
                self._days.are_set_for(ends.space_id),
            )
            .where(ends.space_id > after, ends.newest > ends.kept_after)
            .order_by(ends.space_id)
            .limit(_SPACES)
        )
        async with self._store.database.reading() as connection:
            return [_Space(*row) for row in await connection.execute(query)]

    def _usual(self, now: datetime) -> float:
        """What ended before then is old, in spaces that have not set their own days; 0 where
        nothing is.
        """
        return 0.0 if self._keep is None else (now - self._keep).timestamp()

    async def _before(self, space_id: str, now: datetime, *, goes: bool) -> float:
        """As ``_usual``. Where it cannot be read what the owners have set, nothing is old: what is
        deleted too early does not come back.
        """
        if goes:
            return now.timestamp()
        try:
            own = await self._days.load(space_id)
        except HistoryUnreadable as fault:
            log.warning("audit_days_unreadable", space_id=space_id, detail=str(fault))
            return 0.0
        if not own.is_readable:
            log.warning("audit_days_unreadable", space_id=space_id)
            return 0.0
        if own.days is None:
            return self._usual(now)
        return (now - timedelta(days=own.days)).timestamp()

    async def _goes_with_its_space(self, space_id: str) -> bool:
        query = sa.select(_goes_with(sa.literal(space_id)))
        async with self._store.database.reading() as connection:
            return bool(await connection.scalar(query))


@dataclass(frozen=True, slots=True)
class _Space:
    """``oldest``: when its oldest entry ended. ``goes``: with its space."""

    space_id: str
    oldest: float | None
    goes: bool
    has_own_days: bool


def _goes_with(space_id: sa.ColumnElement[str]) -> sa.Exists:
    return sa.exists().where(
        spaces.c.space_id == space_id,
        spaces.c.deleted_at.is_not(None),
        spaces.c.keeps_audit.is_(False),
    )
