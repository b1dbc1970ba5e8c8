"""A person signs in at the configured OpenID issuer, and comes back to the gateway's pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, final
from urllib.parse import urlencode

import structlog

from notion_gateway.access.issuer_renewal import IssuerRenewal
from notion_gateway.access.jwt import JwtVerifier
from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.access.openid_client import IssuersRefusal, IssuersTokens, OpenIdClient
from notion_gateway.access.rules.claims import oidc_principal
from notion_gateway.access.rules.sign_in import (
    OFFLINE_ACCESS,
    SIGN_IN_LIFETIME,
    OpenIdConfiguration,
    PendingSignIn,
    ScopeRefused,
    kept_path,
    require_nonce,
    require_redirect,
    scope_for,
)
from notion_gateway.access.signed_in_members import SignedInMembers
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import Unauthenticated
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import pkce_challenge

log = structlog.stdlib.get_logger()

SIGN_IN_CALLBACK_PATH = "/sign-in/callback"

_INVALID_SCOPE: Final = "invalid_scope"
_SCOPE_REFUSED: Final = (_INVALID_SCOPE, "not_allowed")
"""The second is Keycloak's word, at its token endpoint, for people who may have no refresh token of
this kind."""
_ASKED_AGAIN_AFTER: Final = timedelta(hours=1)
"""For a scope that the issuer has refused its client: until then each sign-in would go there twice.
"""


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """``pending`` goes into a cookie: only that browser can end what it began."""

    address: str
    pending: PendingSignIn


@dataclass(frozen=True, slots=True)
class SignedIn:
    user_id: str
    next_path: str | None
    issuer: str


@final
@dataclass(frozen=True)
class OidcSignIn:
    """Authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 9700)."""

    issuer: OpenIdIssuer
    client: OpenIdClient
    verifier: JwtVerifier
    redirect_uri: str
    members: SignedInMembers
    renewal: IssuerRenewal
    clock: Clock
    _refusals: list[datetime] = field(init=False, repr=False, default_factory=list[datetime])
    """When the issuer has last refused its client a refresh token; at most one."""

    async def begin(
        self, next_path: str | None, *, again: bool, offline: bool = True
    ) -> BegunSignIn:
        """``again``: whoever is signed in at the issuer is asked who they are all the same.
        ``offline``: a refresh token is asked for, where it is of use.

        Raises Unauthenticated or IdentityUnavailable; nothing is stored.
        """
        self.members.require_trust()
        configuration = await self.issuer.configuration()
        verifier = Secret(random_token())
        offline = offline and self._wants_refresh_token(configuration)
        pending = PendingSignIn(
            state=random_token(),
            nonce=random_token(),
            code_verifier=verifier.reveal(),
            next_path=kept_path(next_path),
            expires_at=self.clock.now() + SIGN_IN_LIFETIME,
            wants_refresh_token=offline,
            again=again,
        )
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._scope(configuration, offline=offline),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": pkce_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if again:
            query["prompt"] = "login"
        endpoint = configuration.authorization_endpoint
        separator = "&" if "?" in endpoint else "?"
        return BegunSignIn(f"{endpoint}{separator}{urlencode(query)}", pending)

    async def finish(
        self, query: Mapping[str, str], pending: PendingSignIn | None
    ) -> SignedIn | BegunSignIn:
        """``pending``: what the browser that came back has begun. Where the issuer refuses its
        client a refresh token, the sign-in begins anew without one. Raises Unauthenticated or
        IdentityUnavailable.
        """
        if pending is None or not pending.is_of(query.get("state", "")):
            raise Unauthenticated(
                "This sign-in was used before, has expired, or began in another browser."
            )
        self.members.require_trust()
        try:
            return await self._finish(query, pending)
        except ScopeRefused as refusal:
            if not pending.wants_refresh_token:
                raise
            if refusal.of_everybody:
                self._refusals[:] = [self.clock.now()]
            log.warning("refresh_token_refused", issuer=self.issuer.identifier)
            return await self.begin(pending.next_path, again=pending.again, offline=False)

    async def _finish(self, query: Mapping[str, str], pending: PendingSignIn) -> SignedIn:
        configuration = await self.issuer.configuration()
        code = require_redirect(query, self.issuer.identifier, sends_iss=configuration.sends_iss)
        token, told = await self._exchange(code, pending)
        claims = await self.verifier.verify(token)
        require_nonce(claims, pending, self.client.client_id)
        claims = await self.members.told(claims, told.access_token)
        principal = oidc_principal(
            claims,
            issuer=self.issuer.identifier,
            audience=self.client.client_id,
            user_claim=self.members.user_claim,
            now=self.clock.now(),
        )
        await self.members.follow(claims, principal.user_id, is_asked=True)
        if pending.wants_refresh_token:
            await self.renewal.keep(str(claims["sub"]), principal.user_id, told.refresh_token)
        log.info("signed_in", user_id=principal.user_id)
        return SignedIn(principal.user_id, pending.next_path, self.issuer.identifier)

    def _wants_refresh_token(self, configuration: OpenIdConfiguration) -> bool:
        """Where rules say what to ask with it, and the issuer says how to ask for one, and has not
        just refused it.
        """
        now = self.clock.now()
        if any(now - one < _ASKED_AGAIN_AFTER for one in self._refusals):
            return False
        return bool(self.members.rules) and OFFLINE_ACCESS in configuration.scopes

    def _scope(self, configuration: OpenIdConfiguration, *, offline: bool) -> str:
        asked = scope_for(self.members.user_claim).split()
        asked += self.members.scopes(configuration.scopes)
        return " ".join(dict.fromkeys([*asked, OFFLINE_ACCESS] if offline else asked))

    async def _exchange(self, code: Secret, pending: PendingSignIn) -> tuple[str, IssuersTokens]:
        """The ID token, and what came beside it. Raises Unauthenticated or IdentityUnavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": self.redirect_uri,
            "code_verifier": pending.code_verifier,
        }
        told = await self.client.ask(form)
        if isinstance(told, IssuersTokens) and told.id_token is not None:
            return told.id_token, told
        if isinstance(told, IssuersRefusal):
            log.warning("sign_in_refused", status=told.status, error=told.error)
            if told.error in _SCOPE_REFUSED:
                raise ScopeRefused(of_everybody=told.error == _INVALID_SCOPE)
        raise Unauthenticated("The issuer did not sign you in.")
