"""Opens what it takes to know callers: who signs, who belongs, which tokens were given out."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import Request

from notion_gateway.access.application_sign_ins import ApplicationSignIns
from notion_gateway.access.authentication import Application, Authentication
from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.browser_session import BrowserSessions
from notion_gateway.access.bytes_in_flight import BytesInFlight
from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.call_limits import CallLimits
from notion_gateway.access.gateway_tokens import GatewayTokens, TokenSource
from notion_gateway.access.invitation_links import InvitationLinks
from notion_gateway.access.issuer_refresh_tokens import IssuerRefreshTokens
from notion_gateway.access.issuer_renewal import IssuerRenewal
from notion_gateway.access.issuer_store import IssuerStore
from notion_gateway.access.issuers_people import IssuersPeople
from notion_gateway.access.jwt import (
    APPLICATION_ALGORITHMS,
    FixedKeys,
    JwtVerifier,
    KeySetError,
    RemoteKeys,
    issuer_of,
    read_key_set,
)
from notion_gateway.access.last_activity import LastActivity
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.membership import Members
from notion_gateway.access.oidc_sign_in import OidcSignIn
from notion_gateway.access.open_calls import OpenCalls
from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.access.openid_opening import (
    accepted_issuer,
    application_sign_ins_of,
    sign_in_of,
)
from notion_gateway.access.rate_limiter import limiter
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.sign_in import Session
from notion_gateway.access.rules.space_events import SpaceEvent
from notion_gateway.access.signed_in_members import SignedInMembers
from notion_gateway.access.slow_lane import SlowLane
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.access.trusted_issuers import (
    Issuers,
    clients_keys,
    membership_rules,
    rules_of_issuers,
    trusted_issuers,
)
from notion_gateway.access.unconfirmed_members import UnconfirmedMembers
from notion_gateway.access.what_goes import Figures
from notion_gateway.access.workloads import Workloads
from notion_gateway.http.caller_address import Network
from notion_gateway.kernel.background import ClosingTime, Detached
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.worker_counts import CountTable, WorkerCounts
from notion_gateway.settings import (
    ApplicationSettings,
    ConfigurationError,
    Settings,
    networks,
)
from notion_gateway.storage.change_feed import Notice, Topic
from notion_gateway.storage.event_streams import Told
from notion_gateway.storage.opening import Storage
from notion_gateway.storage.used_once import UsedOnce
from notion_gateway.vault.derived_keys import Proofs
from notion_gateway.vault.sealed_text import SealedText
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Access:
    """Who is calling, where they belong, and how much they may call.

    ``sign_in`` and ``renewal`` are None where no OpenID client is configured,
    ``application_sign_ins`` where no OpenID issuer is; ``local_sign_in``: a name is believed.
    ``trust_headers``: so is ``X-User-ID``.
    """

    authentication: Authentication
    members: Members
    spaces: ManageSpaces
    links: InvitationLinks
    tokens: GatewayTokens
    limits: CallLimits
    open_calls: OpenCalls
    workloads: Workloads
    figures: Figures
    activity: LastActivity
    issuers: Issuers
    unconfirmed: UnconfirmedMembers
    trust: CacheTrust
    browser_sessions: BrowserSessions
    sign_in: OidcSignIn | None
    renewal: IssuerRenewal | None
    application_sign_ins: ApplicationSignIns | None
    local_sign_in: bool
    trust_headers: bool
    trusted_proxies: Sequence[Network]
    own_address: OwnAddress

    async def session(self, request: Request) -> Session | None:
        """Who is signed in, in this browser, for what lets programs in or lends rights: the issuer
        is asked about them first, where it can be. None for nobody, and for whom the issuer refuses
        to speak of until they sign in there again. Raises StoreUnavailable.
        """
        session = self.browser_sessions.current(request)
        if session is None or session.issuer is None:
            return session
        refusing = await self.refusing_issuer(session.user_id)
        return None if session.issuer == refusing else session

    async def refusing_issuer(self, user_id: str) -> str | None:
        """As ``IssuerRenewal.renew``; None where there is none."""
        return None if self.renewal is None else await self.renewal.renew(user_id)

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has changed who may use a space."""
        if notice.topic in (Topic.ACCESS, Topic.GRANTS):
            self.members.forget(notice.space_id)
            self.authentication.cache.forget(notice.space_id)
            self.open_calls.changed(notice.space_id)
        if notice.topic is Topic.ISSUERS:
            self.issuers.revoked.changed(self._forget)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self._forget()
        self.issuers.revoked.changed(self._forget)

    def _forget(self) -> None:
        self.members.forget_all()
        self.authentication.cache.forget_all()
        self.open_calls.changed_all()


@asynccontextmanager
async def open_access(
    settings: Settings,
    storage: Storage,
    vault: Vault,
    proofs: Proofs,
    other_tokens: Sequence[TokenSource],
    counts: WorkerCounts | None = None,
    told: Sequence[Told[SpaceEvent]] = (),
    closing: ClosingTime | None = None,
) -> AsyncGenerator[Access]:
    """``other_tokens``: what else lets a bearer in, besides the tokens that people make.
    ``counts``: what this worker and others count together. ``told``: as ``SpaceStore`` has it.

    Raises ConfigurationError where an application's keys cannot be used.
    """
    # Issuers and applications are the operator's own, and may well be in a private network.
    async with http_session(allow_private=True, egress=settings.egress) as session:
        transport = AiohttpTransport(session)
        detached = Detached(closing=closing)
        access = _access(
            settings, storage, vault, proofs, other_tokens, transport, counts, told, detached
        )
        await access.issuers.revoked.load()
        try:
            yield access
        finally:
            if access.renewal is not None:
                await access.renewal.close()
            await access.issuers.revoked.close()
            await access.authentication.slow_lane.close()


def _access(
    settings: Settings,
    storage: Storage,
    vault: Vault,
    proofs: Proofs,
    other_tokens: Sequence[TokenSource],
    transport: HttpTransport,
    counts: WorkerCounts | None,
    told: Sequence[Told[SpaceEvent]],
    detached: Detached,
) -> Access:
    def shared(name: str) -> CountTable | None:
        return None if counts is None else counts.table(name)

    database, clock, trust = storage.database, storage.clock, CacheTrust()
    cache = AuthenticationCache(clock.now, trust)
    spaces, tokens = SpaceStore(database, told), GatewayTokenStore(database)
    failures_per_minute = settings.gateway_failed_logins_per_minute
    issuer_store = IssuerStore(database)
    revoked = RevokedIssuers(issuer_store)
    refusals = limiter(failures_per_minute, shared("foreign_spaces"))
    members = Members(spaces, trust, refusals, revoked=revoked)
    workloads = Workloads(database, spaces)
    gateway_tokens = GatewayTokens(tokens, [tokens, *other_tokens, workloads], cache, clock)
    open_calls = OpenCalls(members, gateway_tokens, clock, revoked)
    manage = ManageSpaces(spaces, members, cache, clock)
    people = IssuersPeople(issuer_store, manage, clock, rules_of_issuers(settings))
    issuer, signed_in_members = None, None
    if settings.gateway_oidc_issuer is not None:
        issuer = OpenIdIssuer(transport, settings.gateway_oidc_issuer, clock)
        signed_in_members = SignedInMembers(
            issuer,
            settings.gateway_oidc_user_claim,
            settings.gateway_oidc_groups_claim,
            membership_rules(settings.gateway_oidc_memberships),
            people,
            revoked,
        )
    kept = IssuerRefreshTokens(database, vault, SecretsTable(database))
    sign_in = sign_in_of(settings, clock, transport, signed_in_members, kept, detached)
    days = settings.gateway_membership_days
    calls, one_body = settings.gateway_calls_per_minute, settings.gateway_max_request_bytes
    return Access(
        authentication=Authentication(
            audience=settings.audience,
            applications={
                one.name: _application(one, transport) for one in settings.applications()
            },
            oidc=accepted_issuer(settings, transport, issuer),
            revoked=revoked,
            issuer_of=issuer_of,
            tokens=gateway_tokens,
            cache=cache,
            once=UsedOnce(database),
            failures=limiter(failures_per_minute, shared("refused_credentials")),
            slow_lane=SlowLane(tokens.by_hashes),
            clock=clock,
        ),
        members=members,
        spaces=manage,
        links=InvitationLinks(manage, members, clock),
        tokens=gateway_tokens,
        limits=CallLimits(
            limiter(calls, shared("calls")) if calls else None,
            settings.gateway_open_calls,
            open_calls,
            BytesInFlight(
                max(settings.gateway_open_bytes_per_person, one_body),
                max(settings.gateway_open_bytes, one_body),
                shared("body_bytes"),
            ),
            shared("open_calls"),
        ),
        open_calls=open_calls,
        workloads=workloads,
        figures=Figures(database),
        activity=LastActivity(database),
        issuers=Issuers(
            trusted_issuers(settings, transport),
            people,
            revoked,
            clients_keys(settings, transport),
        ),
        unconfirmed=UnconfirmedMembers(
            people,
            timedelta(days=days) if days else None,
        ),
        trust=trust,
        browser_sessions=BrowserSessions(
            SealedText(proofs.keys("sealed text")),
            clock,
            revoked,
            is_https=settings.public_url.startswith("https:"),
        ),
        sign_in=sign_in,
        renewal=None if sign_in is None else sign_in.renewal,
        application_sign_ins=application_sign_ins_of(settings, clock, transport, signed_in_members),
        local_sign_in=settings.gateway_local_sign_in,
        trust_headers=settings.gateway_trust_headers,
        trusted_proxies=networks(settings.gateway_trusted_proxies),
        own_address=settings.own_address,
    )


def _application(one: ApplicationSettings, transport: HttpTransport) -> Application:
    try:
        if one.jwks_url is not None:
            source = RemoteKeys(transport, _fixed(one.jwks_url))
        else:
            source = FixedKeys(read_key_set(one.jwks or _document(one.jwks_file), is_own=True))
    except OSError as fault:
        told = f"{one.jwks_file} cannot be read ({fault.strerror}). Name a file with a JWK set."
        raise ConfigurationError(f"GATEWAY_APPLICATIONS: {one.name}: {told}") from None
    except KeySetError as fault:
        raise ConfigurationError(f"GATEWAY_APPLICATIONS: {one.name}: {fault}") from None
    except (ValueError, RecursionError):
        told = f"{one.jwks_file} holds no JSON. Name a file with a JWK set."
        raise ConfigurationError(f"GATEWAY_APPLICATIONS: {one.name}: {told}") from None
    return Application(JwtVerifier(source, APPLICATION_ALGORITHMS), one.asserts_spaces)


def _document(file: Path | None) -> object:
    return json.loads(file.read_text()) if file is not None else None


def _fixed(address: str) -> Callable[[], Awaitable[str]]:
    async def given() -> str:
        return address

    return given
