"""Deletes entries whose time is over: the oldest of a chain, which begins after them then."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import final

import sqlalchemy as sa

from notion_gateway.audit.store import AuditStore
from notion_gateway.storage.old_rows import BATCH, Counted
from notion_gateway.storage.schema import audit_entries


@final
class OldEntries:
    """``keep``: None is for ever. What is left can still be verified."""

    table = audit_entries.name

    def __init__(self, store: AuditStore, keep: timedelta | None) -> None:
        self._store = store
        self._keep = keep

    @property
    def rule(self) -> str:
        if self._keep is None:
            return "never: GATEWAY_AUDIT_DAYS is 0"
        return f"{self._keep.days} days after the call"

    async def count(self, now: datetime) -> Counted:
        past = sa.false() if self._keep is None else audit_entries.c.at < self._before(now)
        every = sa.select(sa.func.count()).select_from(audit_entries)
        query = sa.select(every.where(past).scalar_subquery(), every.scalar_subquery())
        async with self._store.database.reading() as connection:
            old, all_of_them = (await connection.execute(query)).one()
        return Counted(old, all_of_them - old)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        if self._keep is None:
            return
        for space_id in await self._store.spaces():
            while deleted := await self._store.delete_before(space_id, self._before(now), BATCH):
                yield deleted

    def _before(self, now: datetime) -> float:
        return 0.0 if self._keep is None else (now - self._keep).timestamp()
