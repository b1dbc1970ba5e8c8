"""What was learned of each grant's limit, kept beyond the end of the process that learned it.

Written down now and then by whoever paces a grant's calls, never while a call waits for it; read at
the start. Each process learns for itself: the newest word of any of them is where one begins.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, final

import sqlalchemy as sa
import structlog

from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.rules.learned import Learned
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.grants import learned_budgets

log = structlog.stdlib.get_logger()

KEPT_LEARNED: Final = timedelta(days=7)
EVERY_SECONDS: Final = 15.0
_AT_ONCE: Final = 500
_t = learned_budgets.c


@final
@dataclass
class LearnedBudgets:
    database: Database
    budgets: Budgets
    every_seconds: float = EVERY_SECONDS
    _unwritten: dict[str, Learned] = field(
        init=False, repr=False, default_factory=dict[str, Learned]
    )

    async def restore(self) -> None:
        """The newest, as many as ``budgets`` keeps. Raises StoreUnavailable."""
        now = self.budgets.clock.timestamp()
        query = (
            sa.select(_t.process_id, _t.calls, _t.window_seconds, _t.paced_at)
            .where(_t.paced_at > now - KEPT_LEARNED.total_seconds())
            .order_by(_t.paced_at.desc())
            .limit(self.budgets.max_cached)
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        self.budgets.restore([Learned(*row) for row in reversed(rows)])

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, and once more then."""
        while not await happens_within(stop, self.every_seconds):
            await self.write_down()
        await self.write_down()

    async def write_down(self) -> None:
        """Of all grants whose calls have had to wait since the last time."""
        self._unwritten |= {one.process_id: one for one in self.budgets.learned()}
        rows = list(self._unwritten.values())[-self.budgets.max_cached :]
        try:
            for first in range(0, len(rows), _AT_ONCE):
                await self._write(rows[first : first + _AT_ONCE])
        except StoreUnavailable:
            log.warning("learned_budgets_not_recorded", grants=len(rows))
            return
        self._unwritten.clear()

    async def _write(self, learned: Sequence[Learned]) -> None:
        async with self.database.writing() as connection:
            put = upsert(connection.dialect.name, learned_budgets)
            new = {one: put.excluded[one] for one in ("calls", "window_seconds", "paced_at")}
            newer = put.on_conflict_do_update(
                index_elements=[_t.process_id],
                set_=new,
                where=_t.paced_at < put.excluded.paced_at,
            )
            rows = [
                {
                    "process_id": one.process_id,
                    "calls": one.calls,
                    "window_seconds": one.window_seconds,
                    "paced_at": one.paced_at,
                }
                # In one order, as every process does: each row is locked until all are written.
                for one in sorted(learned, key=lambda one: one.process_id)
            ]
            await connection.execute(newer, rows)


def learned_before(now: datetime) -> sa.ColumnElement[bool]:
    """Rows that count no longer."""
    return _t.paced_at < (now - KEPT_LEARNED).timestamp()
