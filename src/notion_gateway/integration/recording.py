"""A grant that Notion has given is recorded, or does not live on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import stamina
import structlog

from notion_gateway.integration.access_tokens import Credentials
from notion_gateway.integration.revocation import HeldGrant, Revoker
from notion_gateway.integration.rules.commands import Connect, IdentifyWorkspace
from notion_gateway.integration.rules.consent import PendingConsent
from notion_gateway.integration.rules.events import Client, Grant
from notion_gateway.integration.rules.integration import may_revoke
from notion_gateway.integration.store import IntegrationKeeper
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable, VersionConflict
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import Issued, OAuthClient
from notion_gateway.ports import Random, SealedSecret, WorkspaceLookup

log = structlog.stdlib.get_logger()

_STORE_PATIENCE_SECONDS = 10.0


@final
@dataclass(frozen=True)
class GrantRecorder:
    keeper: IntegrationKeeper
    credentials: Credentials
    revoker: Revoker
    workspaces: WorkspaceLookup
    detached: Detached
    random: Random

    async def record(self, pending: PendingConsent, client: OAuthClient, issued: Issued) -> Grant:
        """Raises StoreUnavailable, and then the grant does not live on at Notion either."""
        space_id, process_id = pending.space_id, self.random.identifier()
        pair, sealed = self.keeper.seal_pair(space_id, process_id, issued)
        secret_id = None
        if client.secret is not None:
            one = self.keeper.seal(space_id, process_id, "client_secret", client.secret)
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
            workspace=issued.workspace,
            scope=issued.scope,
        )
        try:
            superseded = await self._append(space_id, Connect(grant, pair), sealed)
        except StoreUnavailable:
            # Nobody will ever use this grant: it must not live on at Notion.
            lost = HeldGrant.of(space_id, pending.issuer, client, issued)
            self.detached.run(self._revoke(lost), "revoke-unrecorded")
            raise
        self.credentials.forget(space_id)
        log.info("connected", space_id=space_id, process_id=process_id)
        if superseded is not None and may_revoke(superseded.client.client_id, grant):
            self.detached.run(self._revoke(superseded), "revoke-superseded")
        if issued.workspace.id is None or issued.workspace.name is None:
            self.detached.run(
                self._identify(space_id, process_id, issued.access_token), "identify-workspace"
            )
        return grant

    async def _append(
        self, space_id: str, command: Connect, sealed: Sequence[SealedSecret]
    ) -> HeldGrant | None:
        """Records the grant, patiently, and returns the one it took the place of."""
        superseded: HeldGrant | None = None
        async for attempt in stamina.retry_context(
            on=(StoreUnavailable, VersionConflict),
            attempts=None,
            timeout=_STORE_PATIENCE_SECONDS,
            wait_initial=0.05,
            wait_max=1.0,
        ):
            with attempt:
                seen = await self.keeper.load(space_id)
                if seen.grant is not None and seen.grant.process_id == command.grant.process_id:
                    break  # an append that was reported lost has landed all the same
                superseded = await self.revoker.hold(seen)
                await self.keeper.carry_out(space_id, command, sealed, seen=seen)
        return superseded

    async def _revoke(self, held: HeldGrant) -> None:
        await self.revoker.revoke(held)

    async def _identify(self, space_id: str, process_id: str, access_token: Secret) -> None:
        """Notion's token answer need not name the workspace; its server can be asked."""
        try:
            workspace = await self.workspaces.identify(access_token)
            await self.keeper.carry_out(space_id, IdentifyWorkspace(process_id, workspace))
        except GatewayError as fault:
            log.warning("workspace_unknown", space_id=space_id, reason=fault.reason)
