"""From a click on Connect to a recorded grant: the OAuth code flow with Notion."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import final

import structlog

from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space_events import Role
from notion_gateway.integration.client_at_notion import ClientAtNotion
from notion_gateway.integration.recording import GrantRecorder
from notion_gateway.integration.rules.consent import (
    ConnectError,
    PendingConsent,
    Site,
    judge_redirect,
    may_finish,
    require_return_path,
)
from notion_gateway.integration.rules.events import Grant
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import (
    GatewayError,
    OwnerRequired,
    PrincipalMismatch,
    SpaceNotAccessible,
    StoreUnavailable,
    TokenNotAllowed,
)
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.trace import Tracing, operation
from notion_gateway.oauth.answers import Issued, Refused, Unclear, judge_tokens
from notion_gateway.oauth.discovery import Discovery
from notion_gateway.oauth.requests import (
    OAuthClient,
    authorization_url,
    code_request,
    pkce_challenge,
)
from notion_gateway.storage.one_use_records import Record
from notion_gateway.vault.sealed_states import SealedStates

log = structlog.stdlib.get_logger()

_NOT_THEIRS = (OwnerRequired, PrincipalMismatch, SpaceNotAccessible, TokenNotAllowed)


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
    ends_on: Site = "return_site"
    space_id: str | None = None
    process_id: str | None = None
    workspace_id: str | None = None


@final
@dataclass(frozen=True)
class ConnectNotion:
    """``state_ttl_seconds``: how long a person may take over the consent screen.

    ``require_role`` raises SpaceNotAccessible, OwnerRequired, TokenNotAllowed or
    PrincipalMismatch unless somebody has that role in a space now, whatever was known a moment ago.
    """

    state_ttl_seconds: int
    client_at_notion: ClientAtNotion
    discovery: Discovery
    transport: HttpTransport
    states: SealedStates[PendingConsent]
    recorder: GrantRecorder
    clock: Clock
    require_role: Callable[[Principal, str, Role], Awaitable[SpaceAccess]]
    tracing: Tracing | None = None

    async def start(
        self,
        *,
        space_id: str,
        principal: Principal,
        return_path: str,
        in_browser: bool,
        confirm: bool = False,
        is_own: bool = False,
        ends_on: Site = "return_site",
    ) -> StartedConsent:
        """Where to send the browser, with everything needed to recognise its return.

        ``confirm``: Notion's redirect alone does not end it, see ``confirm``. ``ends_on``: the
        site whose ``return_path`` the browser is sent to at the end. ``is_own``: for a grant of the
        person's own, which only they act with.

        Raises InvalidReturnPath, UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable or
        StoreUnavailable.
        """
        require_return_path(return_path)
        notion = await self.discovery.find(fresh=True)
        client = await self.client_at_notion.for_consent(notion)
        verifier, state = Secret(random_token()), random_token()
        browser = Secret(random_token()) if in_browser else None
        pending = PendingConsent(
            space_id=space_id,
            user_id=principal.user_id,
            means=principal.means,
            is_own=is_own,
            return_path=return_path,
            ends_on=ends_on,
            issuer=notion.server.issuer,
            resource=notion.resource.resource,
            client_id=client.client_id,
            auth_method=client.auth_method,
            client_secret=client.secret.reveal() if client.secret else None,
            code_verifier=verifier.reveal(),
            redirect_uri=self.client_at_notion.redirect_uri_of(client),
            browser_sha256=browser.fingerprint() if browser else None,
            confirm=confirm,
            expires_at=self.clock.now() + timedelta(seconds=self.state_ttl_seconds),
        )
        await self.states.put(state, pending)
        url = authorization_url(
            notion.server,
            client_id=client.client_id,
            redirect_uri=pending.redirect_uri,
            state=state,
            code_challenge=pkce_challenge(verifier),
            resource=pending.resource,
            scope=notion.scope(self.client_at_notion.scope),
        )
        return StartedConsent(url, state, browser)

    async def finish(
        self,
        query: Mapping[str, str],
        *,
        browser: Secret | None,
        user_id: str | None,
        leaving: Record | None = None,
    ) -> ConsentEnd:
        """Ends a consent, well or with an error of the closed list; does not raise.

        ``leaving`` takes the place of its state, where there was one.
        """
        try:
            pending = await self.states.take(query.get("state", ""), self.clock.now(), leaving)
        except StoreUnavailable:
            return ConsentEnd(ConnectError.STORE_UNAVAILABLE)
        now = self.clock.now()
        if pending is None or not may_finish(pending, browser=browser, user_id=user_id, now=now):
            return ConsentEnd(ConnectError.STATE_INVALID)
        if pending.confirm and "error" not in query:
            return await self._ask(query, pending)
        try:
            return await self._end(query, pending, Principal(pending.user_id, pending.means))
        except _NOT_THEIRS:
            log.warning("consent_of_no_owner", space_id=pending.space_id, user_id=pending.user_id)
            return _end_of(pending, error=ConnectError.OWNER_REQUIRED)

    async def confirm(
        self, confirmation: str, principal: Principal, leaving: Record | None = None
    ) -> ConsentEnd:
        """Ends a consent that waits for the person who began it.

        Notion's redirect does not say who comes back with it: somebody who was led to another
        person's link would connect *their* Notion to *that* person's space. Raises as
        ``require_role`` where the space is not theirs to connect any more.
        """
        try:
            pending = await self.states.take(confirmation, self.clock.now(), leaving)
        except StoreUnavailable:
            return ConsentEnd(ConnectError.STORE_UNAVAILABLE)
        if pending is None or pending.answer is None:
            return ConsentEnd(ConnectError.STATE_INVALID)
        if principal.user_id != pending.user_id:
            log.warning("consent_of_another", space_id=pending.space_id, user_id=principal.user_id)
            return ConsentEnd(ConnectError.STATE_INVALID)
        return await self._end(pending.answer, pending, principal)

    async def _ask(self, query: Mapping[str, str], pending: PendingConsent) -> ConsentEnd:
        """Under a name that only this browser learns: the old one is known to whoever began."""
        confirmation = random_token()
        answer = {name: query[name] for name in ("code", "iss") if name in query}
        try:
            await self.states.put(confirmation, pending.model_copy(update={"answer": answer}))
        except StoreUnavailable:
            return _end_of(pending, error=ConnectError.STORE_UNAVAILABLE)
        return _end_of(pending, confirmation=confirmation)

    async def _end(
        self, query: Mapping[str, str], pending: PendingConsent, principal: Principal
    ) -> ConsentEnd:
        """Raises as ``require_role``."""
        with operation(self.tracing, "connect") as span:
            ended = await self._ended(query, pending, principal)
            if isinstance(ended, ConnectError):
                span.error = ended.value
        if isinstance(ended, ConnectError):
            log.info("connect_ended", space_id=pending.space_id, error=ended)
            return _end_of(pending, error=ended)
        return _end_of(pending, grant=ended)

    async def _ended(
        self, query: Mapping[str, str], pending: PendingConsent, principal: Principal
    ) -> Grant | ConnectError:
        try:
            return await self._exchange(query, pending, principal)
        except _NOT_THEIRS:
            raise
        except StoreUnavailable:
            return ConnectError.STORE_UNAVAILABLE
        except GatewayError as fault:
            log.warning("connect_failed", space_id=pending.space_id, detail=str(fault))
            return ConnectError.NOTION_UNAVAILABLE
        except Exception:
            # A person waits in a browser: whatever happened, they are sent back and told.
            log.exception("connect_crashed", space_id=pending.space_id)
            return ConnectError.INTERNAL

    async def _exchange(
        self, query: Mapping[str, str], pending: PendingConsent, principal: Principal
    ) -> Grant | ConnectError:
        server = await self.discovery.server_of(pending.issuer)
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
        # Who began may have been removed, or be a member only, by the time they come back.
        needed = Role.MEMBER if pending.is_own else Role.OWNER
        await self.require_role(principal, pending.space_id, needed)
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


def _end_of(
    pending: PendingConsent,
    *,
    error: ConnectError | None = None,
    confirmation: str | None = None,
    grant: Grant | None = None,
) -> ConsentEnd:
    return ConsentEnd(
        error=error,
        confirmation=confirmation,
        return_path=pending.return_path,
        ends_on=pending.ends_on,
        space_id=pending.space_id,
        process_id=grant.process_id if grant else None,
        workspace_id=grant.workspace.id if grant else None,
    )
