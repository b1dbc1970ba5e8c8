"""A person signs in at the configured OpenID issuer, and comes back to the gateway's pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final
from urllib.parse import urlencode

import structlog

from notion_gateway.access.jwt import JwtVerifier
from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.access.rules.claims import oidc_principal
from notion_gateway.access.rules.sign_in import (
    SIGN_IN_LIFETIME,
    OpenIdConfiguration,
    PendingSignIn,
    kept_path,
    require_nonce,
    require_redirect,
    scope_for,
)
from notion_gateway.access.signed_in_members import SignedInMembers
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import (
    IdentityUnavailable,
    Unauthenticated,
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import AuthMethod, OAuthClient, form_request, pkce_challenge

log = structlog.stdlib.get_logger()

SIGN_IN_CALLBACK_PATH = "/sign-in/callback"

_OK = 200


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
    verifier: JwtVerifier
    transport: HttpTransport
    client_id: str
    client_secret: Secret | None
    redirect_uri: str
    members: SignedInMembers
    clock: Clock

    async def begin(self, next_path: str | None, *, again: bool) -> BegunSignIn:
        """``again``: whoever is signed in at the issuer is asked who they are all the same.

        Raises Unauthenticated or IdentityUnavailable; nothing is stored.
        """
        self.members.require_trust()
        configuration = await self.issuer.configuration()
        verifier = Secret(random_token())
        pending = PendingSignIn(
            state=random_token(),
            nonce=random_token(),
            code_verifier=verifier.reveal(),
            next_path=kept_path(next_path),
            expires_at=self.clock.now() + SIGN_IN_LIFETIME,
        )
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._scope(configuration),
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

    async def finish(self, query: Mapping[str, str], pending: PendingSignIn | None) -> SignedIn:
        """``pending``: what the browser that came back has begun. Raises Unauthenticated or
        IdentityUnavailable.
        """
        if pending is None or not pending.is_of(query.get("state", "")):
            raise Unauthenticated(
                "This sign-in was used before, has expired, or began in another browser."
            )
        self.members.require_trust()
        configuration = await self.issuer.configuration()
        code = require_redirect(query, self.issuer.identifier, sends_iss=configuration.sends_iss)
        token, access_token = await self._exchange(configuration, code, pending)
        claims = await self.verifier.verify(token)
        require_nonce(claims, pending, self.client_id)
        claims = await self.members.told(claims, access_token)
        principal = oidc_principal(
            claims,
            issuer=self.issuer.identifier,
            audience=self.client_id,
            user_claim=self.members.user_claim,
            now=self.clock.now(),
        )
        await self.members.follow(claims, principal.user_id, is_asked=True)
        log.info("signed_in", user_id=principal.user_id)
        return SignedIn(principal.user_id, pending.next_path, self.issuer.identifier)

    def _scope(self, configuration: OpenIdConfiguration) -> str:
        asked = scope_for(self.members.user_claim).split()
        return " ".join(dict.fromkeys([*asked, *self.members.scopes(configuration.scopes)]))

    async def _exchange(
        self, configuration: OpenIdConfiguration, code: Secret, pending: PendingSignIn
    ) -> tuple[str, Secret | None]:
        """The ID token, and an access token for userinfo."""
        method: AuthMethod = (
            "client_secret_basic" if configuration.takes_basic else ("client_secret_post")
        )
        client = OAuthClient(
            self.client_id, method if self.client_secret else "none", self.client_secret
        )
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": self.redirect_uri,
            "code_verifier": pending.code_verifier,
        }
        try:
            answer = await self.transport.send(
                form_request(configuration.token_endpoint, client, form)
            )
        except (UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable):
            raise IdentityUnavailable(
                "The OpenID issuer cannot be reached just now. Try again."
            ) from None
        document = json_object(answer.body) or {}
        token: object = document.get("id_token")
        if answer.status != _OK or not isinstance(token, str):
            log.warning("sign_in_refused", status=answer.status, error=document.get("error"))
            raise Unauthenticated("The issuer did not sign you in.")
        access_token: object = document.get("access_token")
        return token, Secret(access_token) if isinstance(access_token, str) else None
