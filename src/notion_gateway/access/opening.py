"""Joins what identity needs: who signs, who belongs, which tokens were given out."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from notion_gateway.access.authentication import Application, Authentication, OidcIssuer
from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.cache_trust import Freshness
from notion_gateway.access.call_limits import CallBudget
from notion_gateway.access.jwt import (
    APPLICATION_ALGORITHMS,
    OIDC_ALGORITHMS,
    FixedKeys,
    JwtVerifier,
    KeySetError,
    RemoteKeys,
    issuer_of,
    read_key_set,
)
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.membership import Members
from notion_gateway.access.open_calls import OpenCalls
from notion_gateway.access.openid import OpenIdProvider
from notion_gateway.access.rate_limiter import MemoryRateLimiter
from notion_gateway.access.space_store import SqlSpaceStore
from notion_gateway.access.token_store import SqlGatewayTokenStore
from notion_gateway.access.tokens import GatewayTokens
from notion_gateway.authorization_server.grant_store import SqlClientGrantStore
from notion_gateway.ports import Clock, OAuthTransport, Random
from notion_gateway.proxy.rules.sessions import SessionSeal
from notion_gateway.settings import ApplicationSettings, ConfigurationError, Settings
from notion_gateway.storage.change_feed import Notice
from notion_gateway.storage.database import Database
from notion_gateway.storage.topics import Topic
from notion_gateway.storage.used_once import SqlOnceStore
from notion_gateway.vault.derived_keys import DerivedKeys
from notion_gateway.vault.vault import Keyring


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is calling, where they belong, and how much they may call."""

    authentication: Authentication
    members: Members
    spaces: ManageSpaces
    tokens: GatewayTokens
    budget: CallBudget
    under_way: OpenCalls
    sessions: SessionSeal
    freshness: Freshness
    provider: OpenIdProvider | None

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has changed who may use a space."""
        if notice.topic is Topic.ACCESS:
            self.members.forget(notice.space_id)
            self.authentication.cache.forget(notice.space_id)
            self.under_way.changed(notice.space_id)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self.members.forget_all()
        self.authentication.cache.forget_all()
        self.under_way.changed_all()

    async def run(self, stop: asyncio.Event) -> None:
        await self.tokens.record_uses(stop)
        await self.under_way.close()


def build_identity(
    settings: Settings,
    database: Database,
    transport: OAuthTransport,
    *,
    keyring: Keyring,
    clock: Clock,
    random: Random,
) -> Identity:
    """``transport`` reaches issuers and key sets wherever the operator has them.

    Raises ConfigurationError where an application's keys cannot be used.
    """
    freshness = Freshness()
    cache = AuthenticationCache(clock.now, freshness)
    store = SqlSpaceStore(database)
    members = Members(
        store, freshness, MemoryRateLimiter(settings.gateway_failed_logins_per_minute)
    )
    tokens = GatewayTokens(
        SqlGatewayTokenStore(database), SqlClientGrantStore(database), cache, clock, random
    )
    under_way = OpenCalls(members, tokens.store)
    provider = None
    if settings.gateway_oidc_issuer is not None:
        provider = OpenIdProvider(transport, settings.gateway_oidc_issuer)
    return Identity(
        authentication=Authentication(
            audience=settings.audience,
            applications={
                one.name: _application(one, transport) for one in settings.applications()
            },
            oidc=_oidc(settings, transport, provider),
            issuer_of=issuer_of,
            tokens=tokens,
            cache=cache,
            once=SqlOnceStore(database),
            failures=MemoryRateLimiter(settings.gateway_failed_logins_per_minute),
            clock=clock,
        ),
        members=members,
        spaces=ManageSpaces(store, members, tokens, clock, random),
        tokens=tokens,
        budget=CallBudget(
            MemoryRateLimiter(settings.gateway_calls_per_minute)
            if settings.gateway_calls_per_minute
            else None,
            settings.gateway_open_calls,
            under_way,
        ),
        under_way=under_way,
        sessions=SessionSeal(DerivedKeys(keyring, "mcp session").current),
        freshness=freshness,
        provider=provider,
    )


def _application(one: ApplicationSettings, transport: OAuthTransport) -> Application:
    try:
        if one.jwks_url is not None:
            source = RemoteKeys(transport, _fixed(one.jwks_url))
        else:
            source = FixedKeys(read_key_set(one.jwks or _document(one.jwks_file)))
    except (KeySetError, OSError, ValueError) as fault:
        raise ConfigurationError(f"GATEWAY_APPLICATIONS: {one.name}: {fault}") from None
    return Application(JwtVerifier(source, APPLICATION_ALGORITHMS), one.asserts_spaces)


def _document(file: Path | None) -> object:
    return json.loads(file.read_text()) if file is not None else None


def _oidc(
    settings: Settings, transport: OAuthTransport, provider: OpenIdProvider | None
) -> OidcIssuer | None:
    audience = settings.gateway_oidc_audience
    if provider is None or audience is None:
        return None
    return OidcIssuer(
        issuer=provider.issuer,
        audience=audience,
        user_claim=settings.gateway_oidc_user_claim,
        verifier=JwtVerifier(RemoteKeys(transport, provider.jwks_uri), OIDC_ALGORITHMS),
    )


def _fixed(address: str) -> Callable[[], Awaitable[str]]:
    async def given() -> str:
        return address

    return given
