"""The events of a space's link with Notion, and the secrets stored and deleted with them."""

from collections.abc import Collection, Sequence
from typing import final

from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.integration.rules.events import EVENT_TYPES, REPLACES_TOKENS, Event
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams, RecordedEvent
from notion_gateway.vault.sealed import SealedSecret
from notion_gateway.vault.secrets_table import SecretsTable


@final
class IntegrationEvents:
    """Streams ``notion-integration/{space_id}``."""

    def __init__(self, database: Database) -> None:
        self._streams = EventStreams(database, "notion-integration", EVENT_TYPES, what="space")
        self.secrets = SecretsTable(database)

    async def load(self, space_id: str) -> Sequence[RecordedEvent[Event]]:
        """Raises HistoryUnreadable and StoreUnavailable."""
        return await self._streams.load(space_id)

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: Sequence[Event],
        *,
        seal: Sequence[SealedSecret] = (),
        destroy: Collection[str] = (),
    ) -> None:
        """Events, new secrets and destroyed ones in one transaction, as ``EventStreams.append``.

        Other processes are told where tokens were replaced.
        """

        async def also(connection: AsyncConnection) -> None:
            if any(isinstance(event, REPLACES_TOKENS) for event in events):
                version = expected_version + len(events)
                await leave_notice(connection, Topic.CREDENTIALS, space_id, version)
            await self.secrets.put(connection, seal)
            await self.secrets.destroy(connection, destroy, space_id)

        await self._streams.append(space_id, expected_version, events, also)
        if destroy:
            await self.secrets.scrub()
