"""Records a grant that Notion has given; revokes it at Notion if it was not stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import stamina
import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.notion_servers import NotionServers
from notion_gateway.integration.revocation import HeldGrant, Revoker
from notion_gateway.integration.rules.commands import Connect, IdentifyWorkspace
from notion_gateway.integration.rules.consent import PendingConsent
from notion_gateway.integration.rules.events import Client, Grant, Workspace
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.integration.rules.integration import may_revoke
from notion_gateway.integration.serving_grants import ServingGrants
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.integration.workspace_lookup import WorkspaceLookup
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable, VersionConflict
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.oauth.requests import OAuthClient
from notion_gateway.vault.sealed import SealedSecret

log = structlog.stdlib.get_logger()

_STORE_PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class _Place:
    """Which grant the new one takes the place of, if any, and the same opened, where it could be:
    as the last attempt to store it has found it.
    """

    replaced: Grant | None = None
    superseded: HeldGrant | None = None


@final
@dataclass(frozen=True)
class GrantRecorder:
    store: IntegrationStore
    access_tokens: AccessTokens
    serving: ServingGrants
    revoker: Revoker
    workspaces: WorkspaceLookup
    servers: NotionServers
    detached: Detached

    async def record(self, pending: PendingConsent, client: OAuthClient, issued: Issued) -> Grant:
        """Raises StoreUnavailable. Whether the grant was stored all the same is found out once the
        database answers; where it was not, it is revoked at Notion.
        """
        grant_id, process_id = pending.grant_id, random_identifier()
        pair, sealed = self.store.seal_pair(grant_id, process_id, issued)
        secret_id = None
        if client.secret is not None:
            one = self.store.seal(grant_id, process_id, "client_secret", client.secret)
            secret_id = one.context.secret_id
            sealed.append(one)
        grant = Grant(
            process_id=process_id,
            issuer=pending.issuer,
            resource=pending.resource,
            client=Client(
                client_id=client.client_id, auth_method=client.auth_method, secret_id=secret_id
            ),
            authorized_by=pending.user_id,
            workspace=Workspace(id=issued.workspace_id, name=issued.workspace_name),
            scope=issued.scope,
        )
        place = _Place()
        try:
            await self._append(grant_id, Connect(grant, pair), sealed, place)
        except StoreUnavailable:
            lost = HeldGrant.of(grant_id, pending.issuer, client, issued)
            self.detached.run(self._settle(lost, grant, issued, place), "settle-consent")
            raise
        self._recorded(grant_id, grant, issued, place)
        return grant

    def _recorded(self, grant_id: str, grant: Grant, issued: Issued, place: _Place) -> None:
        self.access_tokens.forget(grant_id)
        self.serving.forget(grant_id)
        replaced, superseded = place.replaced, place.superseded
        log.info(
            "connected",
            **in_log(grant_id),
            process_id=grant.process_id,
            user_id=grant.authorized_by,
            **({"replaced": replaced.process_id} if replaced else {}),
        )
        if superseded is not None and may_revoke(superseded.client.client_id, grant):
            self.detached.run(self._revoke(superseded), "revoke-superseded")
        if issued.workspace_id is None or issued.workspace_name is None:
            self.detached.run(
                self._identify(grant_id, grant.process_id, issued.access_token),
                "identify-workspace",
            )

    async def _settle(self, lost: HeldGrant, grant: Grant, issued: Issued, place: _Place) -> None:
        """A database that went away may have stored the grant before it did: to revoke it then
        would end the connection, whose old grant went with the same commit. Where it did not,
        nobody will ever use this one, and it must not live on at Notion.
        """
        seen = await self.store.load_when_it_answers(lost.grant_id)
        if seen.grant is not None and seen.grant.process_id == grant.process_id:
            self._recorded(lost.grant_id, grant, issued, place)
        elif seen.tokens is None or may_revoke(lost.client.client_id, seen.grant):
            await self._revoke(lost)

    async def _append(
        self, grant_id: str, command: Connect, sealed: Sequence[SealedSecret], place: _Place
    ) -> None:
        """Records the grant, patiently."""
        async for attempt in stamina.retry_context(
            on=(StoreUnavailable, VersionConflict),
            attempts=None,
            timeout=_STORE_PATIENCE_SECONDS,
            wait_initial=0.05,
            wait_max=1.0,
        ):
            with attempt:
                seen = await self.store.load(grant_id)
                if seen.grant is not None and seen.grant.process_id == command.grant.process_id:
                    break  # an append that was reported lost was stored all the same
                place.superseded = await self.revoker.hold(seen)
                place.replaced = seen.grant if seen.tokens is not None else None
                await self.store.carry_out(grant_id, command, sealed, seen=seen)

    async def _revoke(self, held: HeldGrant) -> None:
        await self.revoker.revoke(held)

    async def _identify(self, grant_id: str, process_id: str, access_token: Secret) -> None:
        """Notion's token answer need not name the workspace; its server can be asked."""
        try:
            found = await self.workspaces.look(access_token)
            try:
                identify = IdentifyWorkspace(process_id, found.workspace())
                await self.store.carry_out(grant_id, identify)
            finally:
                await self.servers.saw(found.server)
        except GatewayError as fault:
            log.warning("workspace_unknown", **in_log(grant_id), reason=fault.reason)
