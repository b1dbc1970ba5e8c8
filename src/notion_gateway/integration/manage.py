"""Looking at a grant, and ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.revocation import HeldGrant, Revoker
from notion_gateway.integration.rules.commands import Disconnect
from notion_gateway.integration.rules.events import Event
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.integration.rules.integration import Integration, may_revoke
from notion_gateway.integration.serving_grants import ServingGrants
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.errors import StoreUnavailable, VersionConflict
from notion_gateway.kernel.trace import Tracing, operation
from notion_gateway.storage.deciding import Outcome
from notion_gateway.storage.event_streams import RecordedEvent

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Disconnection:
    """``was_connected``: whether there was anything to end. ``revoked``: Notion confirmed it;
    False leaves a grant that Notion lets lapse on its own, None: there was none to revoke.
    """

    was_connected: bool
    revoked: bool | None


@final
@dataclass(frozen=True)
class ManageIntegration:
    store: IntegrationStore
    access_tokens: AccessTokens
    serving: ServingGrants
    revoker: Revoker
    detached: Detached
    tracing: Tracing | None = None

    async def state(self, grant_id: str) -> Integration:
        return await self.store.load(grant_id)

    async def history(
        self, grant_id: str, *, limit: int, before: int | None = None
    ) -> Sequence[RecordedEvent[Event]]:
        """As ``EventStreams.page``."""
        return await self.store.events.page(grant_id, limit=limit, before=before)

    async def disconnect(self, grant_id: str, user_id: str) -> Disconnection:
        """Ends it here first, whatever Notion says; then revokes there.

        Raises StoreUnavailable. Whether it was ended all the same is found out once the database
        answers; where it was, it is revoked at Notion, too.
        """
        with operation(self.tracing, "disconnect") as span:
            ended = await self._disconnected(grant_id, user_id)
            if ended.revoked is not None:
                span.attributes["notion_gateway.revoked"] = str(ended.revoked).lower()
        return ended

    async def end_of_nobody(self, grant_id: str, process_id: str, by: str) -> None:
        """Ends one grant of somebody who has left, and not one that they have given since.

        Notion is told first: if this process dies in between, whoever looks next does both again.
        Raises HistoryUnreadable and StoreUnavailable.
        """
        while True:
            seen = await self.store.load(grant_id)
            if seen.grant is None or seen.grant.process_id != process_id:
                return
            try:
                held = await self.revoker.hold(seen)
            except VersionConflict:
                continue
            break
        if held is not None:
            await self.revoker.revoke(held)
        outcome = await self.store.carry_out(grant_id, Disconnect(by, process_id))
        self.access_tokens.forget(grant_id)
        self.serving.forget(grant_id)
        if outcome.happened:
            log.info("disconnected", **in_log(grant_id), user_id=by, process_id=process_id)

    async def _disconnected(self, grant_id: str, user_id: str) -> Disconnection:
        while True:
            seen = await self.store.load(grant_id)
            try:
                held = await self.revoker.hold(seen)
                outcome = await self._ended(seen, user_id, held)
            except VersionConflict:
                continue
            break
        self.access_tokens.forget(grant_id)
        self.serving.forget(grant_id)
        if outcome.happened:
            ended = seen.grant.process_id if seen.grant else None
            log.info("disconnected", **in_log(grant_id), user_id=user_id, process_id=ended)
        revoked = None if held is None else await self.revoker.revoke(held)
        return Disconnection(was_connected=outcome.happened, revoked=revoked)

    async def _ended(
        self, seen: Integration, user_id: str, held: HeldGrant | None
    ) -> Outcome[Integration]:
        grant = seen.grant
        try:
            return await self.store.carry_out(seen.grant_id, Disconnect(user_id), seen=seen)
        except StoreUnavailable:
            if held is not None and grant is not None:
                self.detached.run(self._settle(held, grant.process_id), "settle-disconnect")
            raise

    async def _settle(self, held: HeldGrant, process_id: str) -> None:
        """A database that went away may have ended the grant before it did, and destroyed its
        tokens: these here are the last, and nobody else can revoke it.
        """
        seen = await self.store.load_when_it_answers(held.grant_id)
        if seen.grant is not None and seen.grant.process_id == process_id and seen.tokens:
            return
        self.access_tokens.forget(held.grant_id)
        self.serving.forget(held.grant_id)
        if seen.tokens is None or may_revoke(held.client.client_id, seen.grant):
            await self.revoker.revoke(held)
