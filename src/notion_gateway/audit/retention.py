"""Deletes entries whose time is over: the oldest of a chain, which begins after them then."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import final

import sqlalchemy as sa
import structlog

from notion_gateway.audit.keeping import KeptDays
from notion_gateway.audit.store import AuditStore
from notion_gateway.kernel.errors import HistoryUnreadable
from notion_gateway.storage.old_rows import BATCH, Counted
from notion_gateway.storage.schema.access import spaces
from notion_gateway.storage.schema.audit import audit_entries

log = structlog.stdlib.get_logger()


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
            before = await self._before(space_id, now)
            query = sa.select(
                sa.func.count().filter(ends < before), sa.func.count().filter(ends >= before)
            ).where(audit_entries.c.space_id == space_id)
            async with self._store.database.reading() as connection:
                past, others = (await connection.execute(query)).one()
            old, kept = old + past, kept + others
        return Counted(old, kept)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        for space_id in await self._store.spaces():
            before = await self._before(space_id, now)
            if before == 0.0:
                continue
            while deleted := await self._store.delete_before(space_id, before, BATCH):
                yield deleted

    async def _before(self, space_id: str, now: datetime) -> float:
        """What ended before then is old; 0 where nothing is. Where it cannot be read what the
        owners have set, nothing is: what is deleted too early does not come back.
        """
        if await self._goes_with_its_space(space_id):
            return now.timestamp()
        try:
            own = await self._days.load(space_id)
        except HistoryUnreadable as fault:
            log.warning("audit_days_unreadable", space_id=space_id, detail=str(fault))
            return 0.0
        if not own.is_readable:
            log.warning("audit_days_unreadable", space_id=space_id)
            return 0.0
        keep = self._keep if own.days is None else timedelta(days=own.days)
        return 0.0 if keep is None else (now - keep).timestamp()

    async def _goes_with_its_space(self, space_id: str) -> bool:
        query = sa.select(spaces.c.space_id).where(
            spaces.c.space_id == space_id,
            spaces.c.deleted_at.is_not(None),
            spaces.c.keeps_audit.is_(False),
        )
        async with self._store.database.reading() as connection:
            return await connection.scalar(query) is not None
