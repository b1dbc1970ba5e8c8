"""The events of grants, and the secrets stored and deleted with them."""

from collections.abc import Collection, Mapping, Sequence
from typing import final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.integration.member_grants import project
from notion_gateway.integration.rules.events import (
    EVENT_TYPES,
    REPLACES_TOKENS,
    Event,
    changes_connection,
)
from notion_gateway.integration.rules.grant_ids import member_of
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.storage.change_feed import Topic, notice
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams, RecordedEvent, Told
from notion_gateway.storage.folded_streams import FoldedStreams, Format
from notion_gateway.storage.steps import Step
from notion_gateway.vault.sealed import SealedSecret
from notion_gateway.vault.secrets_table import OF_GRANT, SecretsTable

WRITTEN = Format(2, TypeAdapter(Integration), Integration)


@final
class IntegrationEvents:
    """Streams ``notion-integration/{grant_id}``: of the shared grant, with the space's id."""

    def __init__(self, database: Database, *told: Told[Event]) -> None:
        """Each is ``told`` of what changes the connection; a renewal does not, and costs nothing
        more.
        """
        self._told = told
        self._streams = EventStreams(database, "notion-integration", EVENT_TYPES, what="space")
        self._states = FoldedStreams(self._streams, WRITTEN)
        self.secrets = SecretsTable(database)

    async def state(self, grant_id: str) -> Integration:
        """What they add up to. Raises HistoryUnreadable and StoreUnavailable."""
        return await self._states.load(grant_id)

    async def state_and_secrets(
        self, grant_id: str
    ) -> tuple[Integration, Mapping[str, SealedSecret]]:
        """The same, and the grant's secrets by id, in one statement."""
        state, rows = await self._states.load_with(grant_id, OF_GRANT, of_space=grant_id)
        return state, self.secrets.by_id(rows)

    async def page(
        self, grant_id: str, *, limit: int, before: int | None = None
    ) -> Sequence[RecordedEvent[Event]]:
        """As ``EventStreams.page``."""
        return await self._streams.page(grant_id, limit=limit, before=before)

    async def append(
        self,
        grant_id: str,
        expected_version: int,
        events: Sequence[Event],
        *,
        seal: Sequence[SealedSecret] = (),
        destroy: Collection[str] = (),
        state: Integration | None = None,
        also: Sequence[Step] = (),
    ) -> None:
        """Events, new secrets, destroyed ones and what ``also`` says in one transaction, as
        ``EventStreams.append``.

        Other processes are told where tokens were replaced. ``state``: what the stream adds up
        to then, which is written down now and again.
        """
        steps = [*self.secrets.replaced(seal, destroy, grant_id), *also]
        if any(isinstance(event, REPLACES_TOKENS) for event in events):
            version = expected_version + len(events)
            steps.append(notice(Topic.CREDENTIALS, grant_id, version))
        if steps and state is not None and events:
            steps += self._states.kept(grant_id, expected_version, state, events[-1])
        told, tells = self._told, any(changes_connection(event) for event in events)

        async def tell(connection: AsyncConnection) -> None:
            await project(connection, grant_id, events)
            for one in told:
                await one(connection, grant_id, expected_version, events)

        is_told = tells and (bool(told) or member_of(grant_id) is not None)
        await self._streams.append(
            grant_id, expected_version, events, steps, tell if is_told else None
        )
        if destroy:
            await self.secrets.scrub()
