"""How long each space's entries are kept, in SQL: a stream for each space that has its own days."""

from typing import Final, final

import sqlalchemy as sa
import structlog

from notion_gateway.audit.rules.keeping import AUDIT_EVENT_TYPES, Keeping
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import VersionConflict
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams, InTransaction
from notion_gateway.storage.schema.events import events as stored

log = structlog.stdlib.get_logger()

_STREAMS: Final = "space-audit"


@final
class KeptDays:
    """Streams ``space-audit/{space_id}``. Each method raises HistoryUnreadable and
    StoreUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._streams = EventStreams(
            database, _STREAMS, AUDIT_EVENT_TYPES, what="how long calls are kept of space"
        )

    def are_set_for(self, space_id: sa.ColumnElement[str]) -> sa.Exists:
        """Whether it has, or had, days of its own."""
        stream = sa.literal(f"{_STREAMS}/", sa.Text).concat(space_id)
        return sa.exists().where(stored.c.stream == stream)

    async def load(self, space_id: str) -> Keeping:
        found = await self._streams.page(space_id, limit=1)
        if not found:
            return Keeping()
        return Keeping(found[0].version - 1).apply(found[0].event)

    async def set(
        self,
        space_id: str,
        days: int | None,
        by: str,
        clock: Clock,
        only_if: InTransaction | None = None,
    ) -> Keeping:
        """How long they are kept from now on. Of two at once the later one holds. Raises what
        ``only_if`` raises in the same transaction.
        """
        while True:
            before = await self.load(space_id)
            events = before.decide(days, by, clock.now())
            if not events:
                return before
            try:
                await self._streams.append(space_id, before.version, events, also=only_if)
            except VersionConflict:
                continue
            log.info("audit_days_set", space_id=space_id, by=by, days=days)
            return before.apply(events[0])
