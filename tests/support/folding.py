"""Whole histories, folded from the first event on: what snapshots must not differ from."""

from collections.abc import Iterable, Sequence
from functools import reduce

from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import AnySpaceEvent
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import AnyEvent, Event
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.storage.event_streams import RecordedEvent

_ALL = 1_000_000


def fold(space_id: str, events: Iterable[AnyEvent]) -> Integration:
    return reduce(Integration.apply, events, Integration(space_id))


def fold_space(space_id: str, events: Iterable[AnySpaceEvent]) -> Space:
    return reduce(Space.apply, events, Space(space_id))


async def history_of(store: IntegrationEvents, space_id: str) -> Sequence[RecordedEvent[Event]]:
    return await store.page(space_id, limit=_ALL)


async def space_history_of(store: SpaceStore, space_id: str) -> Sequence[AnySpaceEvent]:
    return [one.event for one in await store.streams.page(space_id, limit=_ALL)]
