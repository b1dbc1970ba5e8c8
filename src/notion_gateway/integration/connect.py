"""From a click on Connect to a recorded grant: the OAuth code flow with Notion."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import final

import structlog

from notion_gateway.integration.client_at_notion import ClientRegistration
from notion_gateway.integration.recording import GrantRecorder
from notion_gateway.integration.rules.consent import (
    ConnectError,
    PendingConsent,
    judge_redirect,
    may_finish,
    require_return_path,
)
from notion_gateway.integration.rules.events import Grant
from notion_gateway.kernel.errors import GatewayError, SecretUnreadable, StoreUnavailable
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.discovery import ProviderDirectory
from notion_gateway.oauth.requests import (
    Issued,
    OAuthClient,
    Refused,
    Unclear,
    authorization_url,
    code_request,
    judge_tokens,
    pkce_challenge,
)
from notion_gateway.ports import (
    Clock,
    OAuthTransport,
    Random,
    SecretContext,
    StateStore,
    TokenVault,
)

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class StartedConsent:
    """``browser`` goes into a cookie of the starting browser; None when a server started."""

    authorize_url: str
    state: str
    browser: Secret | None


@dataclass(frozen=True, slots=True)
class ConsentEnd:
    """How a callback ended; ``return_path`` is None where nobody knows where it began.

    With ``confirmation`` it has not ended yet: the person who began says so with it.
    """

    error: ConnectError | None = None
    confirmation: str | None = None
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
    recorder: GrantRecorder
    clock: Clock
    random: Random

    async def start(
        self,
        *,
        space_id: str,
        user_id: str,
        return_path: str,
        in_browser: bool,
        confirm: bool = False,
    ) -> StartedConsent:
        """Where to send the browser, with everything needed to recognise its return.

        ``confirm``: Notion's redirect alone does not end it, see ``confirm``.

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
            confirm=confirm,
            expires_at=self.clock.now() + timedelta(seconds=self.state_ttl_seconds),
        )
        await self._put(state, pending)
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
        if pending.confirm and "error" not in query:
            return await self._ask(query, pending)
        return await self._end(query, pending)

    async def confirm(
        self, confirmation: str, user_id: str, allowed: Callable[[str], Awaitable[object]]
    ) -> ConsentEnd:
        """Ends a consent that waits for the person who began it.

        Notion's redirect does not say who comes back with it: somebody who was led to another
        person's link would connect *their* Notion to *that* person's space. ``allowed`` is asked
        about the space, and raises where it is not theirs to connect any more.
        """
        try:
            pending = await self._take(confirmation)
        except StoreUnavailable:
            return ConsentEnd(ConnectError.STORE_UNAVAILABLE)
        if pending is None or pending.answer is None or self.clock.now() >= pending.expires_at:
            return ConsentEnd(ConnectError.STATE_INVALID)
        if user_id != pending.user_id:
            log.warning("consent_of_another", space_id=pending.space_id, user_id=user_id)
            return ConsentEnd(ConnectError.STATE_INVALID)
        await allowed(pending.space_id)
        return await self._end(pending.answer, pending)

    async def _ask(self, query: Mapping[str, str], pending: PendingConsent) -> ConsentEnd:
        """Under a name that only this browser learns: the old one is known to whoever began."""
        confirmation = self.random.token()
        answer = {name: query[name] for name in ("code", "iss") if name in query}
        try:
            await self._put(confirmation, pending.model_copy(update={"answer": answer}))
        except StoreUnavailable:
            return ConsentEnd(ConnectError.STORE_UNAVAILABLE, None, pending.return_path)
        return ConsentEnd(None, confirmation, pending.return_path, pending.space_id)

    async def _end(self, query: Mapping[str, str], pending: PendingConsent) -> ConsentEnd:
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
            return ConsentEnd(ended, None, pending.return_path, pending.space_id)
        return ConsentEnd(
            None, None, pending.return_path, pending.space_id, ended.process_id, ended.workspace.id
        )

    async def _put(self, state: str, pending: PendingConsent) -> None:
        key = _state_key(state)
        sealed = self.vault.seal(Secret(pending.model_dump_json()), _state_context(key))
        await self.states.put(key, sealed, pending.expires_at)

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
                return await self.recorder.record(pending, client, issued)


def _state_key(state: str) -> str:
    """States are looked up by hash: neither a stolen database nor timing reveals one."""
    return hashlib.sha256(state.encode()).hexdigest()


def _state_context(key: str) -> SecretContext:
    return SecretContext(secret_id=key, space_id="", process_id="", field="oauth_state")
