"""Policies in SQL: a stream for each space, whose newest event says everything."""

from collections.abc import Sequence

from notion_gateway.policy.rules.events import POLICY_EVENT_TYPES, PolicyEvent
from notion_gateway.policy.rules.space_policy import SpacePolicy
from notion_gateway.storage.change_feed import Topic, notice
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams, InTransaction, RecordedEvent


class PolicyStore:
    """Streams ``space-policy/{space_id}``."""

    def __init__(self, database: Database) -> None:
        self._streams = EventStreams(
            database, "space-policy", POLICY_EVENT_TYPES, what="the policy of space"
        )

    async def load(self, space_id: str) -> SpacePolicy:
        """Raises HistoryUnreadable and StoreUnavailable."""
        found = await self._streams.page(space_id, limit=1)
        if not found:
            return SpacePolicy(space_id)
        return SpacePolicy(space_id, found[0].version - 1).apply(found[0].event)

    async def page(
        self, space_id: str, *, limit: int, before: int | None = None
    ) -> Sequence[RecordedEvent[PolicyEvent]]:
        """As ``EventStreams.page``."""
        return await self._streams.page(space_id, limit=limit, before=before)

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: Sequence[PolicyEvent],
        only_if: InTransaction | None = None,
    ) -> None:
        """As ``EventStreams.append``; other processes are told. ``only_if``: in the same
        transaction, which what it raises undoes.
        """
        news = notice(Topic.POLICY, space_id, expected_version + len(events))
        await self._streams.append(space_id, expected_version, events, [news], only_if)
