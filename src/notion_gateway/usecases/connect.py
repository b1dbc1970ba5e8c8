"""From a click on Connect to a recorded grant: the OAuth code flow with Notion."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import final

import stamina
import structlog

from notion_gateway.domain.commands import Connect, IdentifyWorkspace
from notion_gateway.domain.consent import (
    ConnectError,
    PendingConsent,
    judge_redirect,
    may_finish,
    require_return_path,
)
from notion_gateway.domain.errors import (
    GatewayError,
    SecretUnreadable,
    StoreUnavailable,
    VersionConflict,
)
from notion_gateway.domain.events import Client, Grant
from notion_gateway.domain.integration import may_revoke
from notion_gateway.domain.oauth import (
    Issued,
    OAuthClient,
    Refused,
    Unclear,
    authorization_url,
    code_request,
    judge_tokens,
    pkce_challenge,
)
from notion_gateway.domain.secret import Secret
from notion_gateway.ports import (
    Clock,
    OAuthTransport,
    Random,
    SealedSecret,
    SecretContext,
    StateStore,
    TokenVault,
    WorkspaceLookup,
)
from notion_gateway.usecases.credentials import Credentials
from notion_gateway.usecases.detached import Detached
from notion_gateway.usecases.keeping import IntegrationKeeper
from notion_gateway.usecases.provider import ProviderDirectory
from notion_gateway.usecases.registration import ClientRegistration
from notion_gateway.usecases.revocation import HeldGrant, Revoker

log = structlog.stdlib.get_logger()

_STORE_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StartedConsent:
    """``browser`` goes into a cookie of the starting browser; None when a server started."""

    authorize_url: str
    state: str
    browser: Secret | None


@dataclass(frozen=True, slots=True)
class ConsentEnd:
    """How a callback ended; ``return_path`` is None where nobody knows where it began."""

    error: ConnectError | None = None
    return_path: str | None = None
    space_id: str | None = None
    process_id: str | None = None
    workspace_id: str | None = None


@final
@dataclass(frozen=True)
class ConnectNotion:
    """``state_ttl_seconds``: how long a person may take over the consent screen."""

    state_ttl_seconds: int
    registration: ClientRegistration
    providers: ProviderDirectory
    transport: OAuthTransport
    states: StateStore
    vault: TokenVault
    keeper: IntegrationKeeper
    credentials: Credentials
    revoker: Revoker
    workspaces: WorkspaceLookup
    detached: Detached
    clock: Clock
    random: Random

    async def start(
        self, *, space_id: str, user_id: str, return_path: str, in_browser: bool
    ) -> StartedConsent:
        """Where to send the browser, with everything needed to recognise its return.

        Raises InvalidReturnPath, UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable or
        StoreUnavailable.
        """
        require_return_path(return_path)
        provider = await self.providers.provider(fresh=True)
        client = await self.registration.for_consent(provider)
        verifier, state = Secret(self.random.token()), self.random.token()
        browser = Secret(self.random.token()) if in_browser else None
        pending = PendingConsent(
            space_id=space_id,
            user_id=user_id,
            return_path=return_path,
            issuer=provider.server.issuer,
            resource=provider.resource.resource,
            client_id=client.client_id,
            auth_method=client.auth_method,
            client_secret=client.secret.reveal() if client.secret else None,
            code_verifier=verifier.reveal(),
            redirect_uri=self.registration.redirect_uri,
            browser_sha256=browser.fingerprint() if browser else None,
            expires_at=self.clock.now() + timedelta(seconds=self.state_ttl_seconds),
        )
        key = _state_key(state)
        sealed = self.vault.seal(Secret(pending.model_dump_json()), _state_context(key))
        await self.states.put(key, sealed, pending.expires_at)
        url = authorization_url(
            provider.server,
            client_id=client.client_id,
            redirect_uri=pending.redirect_uri,
            state=state,
            code_challenge=pkce_challenge(verifier),
            resource=pending.resource,
            scope=provider.scope(self.registration.scope),
        )
        return StartedConsent(url, state, browser)

    async def finish(
        self, query: Mapping[str, str], *, browser: Secret | None, user_id: str | None
    ) -> ConsentEnd:
        """Ends a consent, well or with an error of the closed list; does not raise."""
        try:
            pending = await self._take(query.get("state", ""))
        except StoreUnavailable:
            return ConsentEnd(ConnectError.STORE_UNAVAILABLE)
        now = self.clock.now()
        if pending is None or not may_finish(pending, browser=browser, user_id=user_id, now=now):
            return ConsentEnd(ConnectError.STATE_INVALID)
        try:
            ended = await self._exchange(query, pending)
        except StoreUnavailable:
            ended = ConnectError.STORE_UNAVAILABLE
        except GatewayError as fault:
            log.warning("connect_failed", space_id=pending.space_id, detail=str(fault))
            ended = ConnectError.NOTION_UNAVAILABLE
        except Exception:
            # A person waits in a browser: whatever happened, they are sent back and told.
            log.exception("connect_crashed", space_id=pending.space_id)
            ended = ConnectError.INTERNAL
        if isinstance(ended, ConnectError):
            log.info("connect_ended", space_id=pending.space_id, error=ended)
            return ConsentEnd(ended, pending.return_path, pending.space_id)
        return ConsentEnd(
            None, pending.return_path, pending.space_id, ended.process_id, ended.workspace.id
        )

    async def _take(self, state: str) -> PendingConsent | None:
        key = _state_key(state)
        sealed = await self.states.take(key, self.clock.now())
        if sealed is None or sealed.context != _state_context(key):
            return None
        try:
            return PendingConsent.model_validate_json(self.vault.open(sealed).reveal())
        except (SecretUnreadable, ValueError):
            return None

    async def _exchange(
        self, query: Mapping[str, str], pending: PendingConsent
    ) -> Grant | ConnectError:
        server = await self.providers.server_of(pending.issuer)
        code = judge_redirect(query, pending, sends_iss=server.sends_iss)
        if isinstance(code, ConnectError):
            return code
        secret = pending.client_secret
        client = OAuthClient(
            pending.client_id, pending.auth_method, None if secret is None else Secret(secret)
        )
        request = code_request(
            server,
            client,
            code=code,
            verifier=Secret(pending.code_verifier),
            redirect_uri=pending.redirect_uri,
            resource=pending.resource,
        )
        match judge_tokens(await self.transport.send(request)):
            case Refused():
                return ConnectError.CODE_REFUSED
            case Unclear() as unclear:
                log.warning("exchange_unclear", space_id=pending.space_id, detail=unclear.detail)
                return ConnectError.NOTION_UNAVAILABLE
            case Issued(refresh_token=None):
                # Without one the connection would be gone within hours, unannounced.
                return ConnectError.NO_REFRESH_TOKEN
            case Issued() as issued:
                return await self._record(pending, client, issued)

    async def _record(self, pending: PendingConsent, client: OAuthClient, issued: Issued) -> Grant:
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


def _state_key(state: str) -> str:
    """States are looked up by hash: neither a stolen database nor timing reveals one."""
    return hashlib.sha256(state.encode()).hexdigest()


def _state_context(key: str) -> SecretContext:
    return SecretContext(secret_id=key, space_id="", process_id="", field="oauth_state")
