"""From a bearer token to a principal: a signed principal, an OIDC token or a gateway token."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, final

import structlog

from notion_gateway.access.authentication_cache import AuthenticationCache, Recognised
from notion_gateway.access.gateway_tokens import GatewayTokens
from notion_gateway.access.issuer_store import IssuerRevoked
from notion_gateway.access.jwt import JwtVerifier
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.claims import application_principal, oidc_principal
from notion_gateway.access.rules.gateway_tokens import (
    GatewayToken,
    is_gateway_token,
    is_well_formed,
)
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.slow_lane import SlowLane
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import PrincipalReplayed, TooManyRequests, Unauthenticated
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.used_once import UsedOnce

log = structlog.stdlib.get_logger()

_KNOWN_FOR = timedelta(minutes=5)
"""A key that its signer withdraws, or a token that the database has lost, counts no longer."""

_UNKNOWN = "This gateway token is unknown, expired or revoked."
_FAILED_AGAIN_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Application:
    """A trusted application that signs principals."""

    verifier: JwtVerifier
    asserts_spaces: bool


@dataclass(frozen=True, slots=True)
class AcceptedIssuer:
    """``user_claim`` names the claim that is the user id, usually ``sub``."""

    issuer: str
    audience: str
    user_claim: str
    verifier: JwtVerifier


@final
@dataclass(frozen=True)
class Authentication:
    """``revoked``: issuers whose tokens count no longer. ``issuer_of`` says whose token a bearer
    claims to be, unproven: it tells which keys to ask.
    ``failures`` counts bearers that were refused, by the address they came from; each once.
    """

    audience: str
    applications: Mapping[str, Application]
    oidc: AcceptedIssuer | None
    revoked: RevokedIssuers
    issuer_of: Callable[[str], str | None]
    tokens: GatewayTokens
    cache: AuthenticationCache
    once: UsedOnce
    failures: RateLimiter
    slow_lane: SlowLane
    clock: Clock

    def cached(self, bearer: str) -> Recognised | None:
        """Somebody who was recognised a moment ago. No I/O."""
        recognised = self.cache.get(bearer)
        if recognised is not None:
            self.used(recognised.principal)
        return recognised

    def used(self, principal: Principal, program: str = "") -> None:
        """Their gateway token, if that is what they have, was called with just now, by the program
        of that name.
        """
        if principal.token_id is not None:
            self.tokens.used(principal.token_id, program)

    async def principal(self, bearer: str, address: str) -> Principal:
        """Raises Unauthenticated, TooManyRequests, IdentityUnavailable or StoreUnavailable.

        From an address that was wrong too often, gateway tokens are looked up in the slow lane,
        and what is refused is told to wait. So nobody is locked out by a neighbour behind the
        same address: who was recognised before goes on (``cached``), a good signature is checked
        without asking anybody, and a good token is found a moment later. What was refused within
        the last minute is refused again without a look.
        """
        fingerprint = Secret(bearer).fingerprint()
        if self.failures.has_seen(address, fingerprint) and is_gateway_token(bearer):
            raise Unauthenticated(_UNKNOWN)
        spent = self.failures.is_spent(address)
        try:
            return await self._recognise(bearer, in_slow_lane=spent)
        except IssuerRevoked:
            raise  # the signature is good: no reason to slow down the application's other people
        except Unauthenticated as fault:
            self.failures.hit_once(address, fingerprint)
            log.info("credential_refused", address=address, detail=str(fault))
            if spent:
                raise _too_many_failures() from None
            raise

    async def require_unused(self, principal: Principal) -> None:
        """Before something is changed: one signed principal changes one thing.

        Raises PrincipalReplayed or StoreUnavailable.
        """
        once = principal.once
        if once is not None and not await self.once.use(
            once.key, once.expires_at, self.clock.now()
        ):
            raise PrincipalReplayed

    async def _recognise(self, bearer: str, *, in_slow_lane: bool) -> Principal:
        changes = self.cache.changes
        if is_gateway_token(bearer):
            find = self.slow_lane.find if in_slow_lane else self.tokens.store.by_hash
            principal, good_until = await self._by_token(bearer, find)
        else:
            principal, good_until = await self._by_signature(bearer)
        self.cache.put(bearer, principal, good_until, changes)
        return principal

    async def _by_token(
        self, bearer: str, find: Callable[[str], Awaitable[GatewayToken | None]]
    ) -> tuple[Principal, datetime]:
        if not is_well_formed(bearer):
            raise Unauthenticated(_UNKNOWN)
        now = self.clock.now()
        token = await find(Secret(bearer).fingerprint())
        if token is None or not token.is_good(now):
            raise Unauthenticated(_UNKNOWN)
        self.tokens.used(token.token_id)
        return token.principal(), min(token.expires_at, now + _KNOWN_FOR)

    async def _by_signature(self, bearer: str) -> tuple[Principal, datetime]:
        issuer, now = self.issuer_of(bearer), self.clock.now()
        application = self.applications.get(issuer or "")
        if issuer is not None and application is not None:
            claims = await application.verifier.verify(bearer)
            principal = application_principal(
                claims,
                application=issuer,
                audience=self.audience,
                now=now,
                asserts_spaces=application.asserts_spaces,
            )
            if principal.issuer in self.revoked.listed:
                raise IssuerRevoked
        elif self.oidc is not None and issuer == self.oidc.issuer:
            if issuer in self.revoked.listed:
                raise Unauthenticated("The issuer of this token is not believed any more.")
            claims = await self.oidc.verifier.verify(bearer)
            principal = oidc_principal(
                claims,
                issuer=self.oidc.issuer,
                audience=self.oidc.audience,
                user_claim=self.oidc.user_claim,
                now=now,
            )
        else:
            raise Unauthenticated("Nobody who is known here has signed this token.")
        return principal, min(_expiry(claims), now + _KNOWN_FOR)


def _too_many_failures() -> TooManyRequests:
    return TooManyRequests(
        "Too many refused credentials from this address. Wait a minute, then try again.",
        retry_after_seconds=_FAILED_AGAIN_AFTER_SECONDS,
    )


def _expiry(claims: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(claims["exp"], UTC)
