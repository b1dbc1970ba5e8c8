"""What each space asks to have recorded of what is said in its calls, in SQL and in memory.

What was read stays in memory until a notice of change arrives, which takes less than two seconds,
and for no longer than ``CacheTrust`` allows while notices cannot be read.
"""

from dataclasses import dataclass, field
from typing import final

import structlog

from notion_gateway.access.membership import Members
from notion_gateway.audit.rules.contents import CONTENTS_EVENT_TYPES, AuditContentsSet, Contents
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.current_cache import CurrentCache
from notion_gateway.kernel.errors import HistoryUnreadable, StoreUnavailable, VersionConflict
from notion_gateway.storage.change_feed import Notice, Topic, notice
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams, InTransaction

log = structlog.stdlib.get_logger()


@dataclass(slots=True)
class _Known:
    contents: Contents
    is_current: bool = False


@final
@dataclass
class AskedContents:
    """Streams ``space-audit-contents/{space_id}``. ``members`` are forgotten with a change: what a
    process remembers of a request's head, it remembers for as long as nothing has changed in the
    space.
    """

    database: Database
    members: Members
    clock: Clock
    max_cached: int = 10_000
    _of_spaces: EventStreams[AuditContentsSet] = field(init=False, repr=False)
    _cache: CurrentCache[_Known] = field(init=False, repr=False)
    _changes: int = field(init=False, repr=False, default=0)
    """Counts changes, so that what was read before one is not kept after it."""

    def __post_init__(self) -> None:
        self._cache = CurrentCache(self.max_cached)
        self._of_spaces = EventStreams(
            self.database,
            "space-audit-contents",
            CONTENTS_EVENT_TYPES,
            what="what is recorded of calls of space",
        )

    def are_off(self, space_id: str) -> bool:
        """Whether memory knows that the space asks for nothing."""
        known = self._remembered(space_id)
        return known is not None and not known.any

    async def wanted(self, space_id: str) -> Contents:
        """For a call. Where it cannot be read, nothing is recorded of what is said in it."""
        try:
            return self._remembered(space_id) or await self.load(space_id)
        except (HistoryUnreadable, StoreUnavailable) as fault:
            log.warning("audit_contents_unknown", space_id=space_id, reason=fault.reason)
            return Contents()

    async def load(self, space_id: str) -> Contents:
        """Read anew, and remembered. Raises HistoryUnreadable and StoreUnavailable."""
        changes = self._changes
        page = await self._of_spaces.page(space_id, limit=1)
        found = Contents()
        if page:
            found = Contents(page[0].version - 1).apply(page[0].event)
        if changes == self._changes:
            self._cache[space_id] = _Known(found)
        return found

    async def set(
        self,
        space_id: str,
        by: str,
        *,
        arguments: bool,
        results: bool,
        only_if: InTransaction | None = None,
    ) -> Contents:
        """What is recorded from now on. Of two at once the later one holds. Raises
        HistoryUnreadable and StoreUnavailable, and what ``only_if`` raises in the same transaction.
        """
        while True:
            before = await self.load(space_id)
            events = before.decide(by, self.clock.now(), arguments=arguments, results=results)
            if not events:
                return before
            news = notice(Topic.AUDIT, space_id, before.version + 1)
            try:
                await self._of_spaces.append(space_id, before.version, events, [news], only_if)
            except VersionConflict:
                continue
            self.forget(space_id)
            log.info(
                "audit_contents_set",
                space_id=space_id,
                by=by,
                arguments=arguments,
                results=results,
            )
            return before.apply(events[0])

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has set what a space asks for."""
        if notice.topic is Topic.AUDIT:
            self.forget(notice.space_id)

    def forget(self, space_id: str) -> None:
        self._changes += 1
        self._cache.pop(space_id, None)
        self.members.forget(space_id)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self._changes += 1
        self._cache.clear()

    def _remembered(self, space_id: str) -> Contents | None:
        known = self._cache.get(space_id) if self.members.trust.holds() else None
        return None if known is None else known.contents
