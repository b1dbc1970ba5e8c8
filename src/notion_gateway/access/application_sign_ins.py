"""People who signed in at the OpenID issuer on an application's pages: where they belong."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.access.jwt import JwtVerifier, issuer_of
from notion_gateway.access.rules.claims import oidc_principal
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.sign_in import client_named, require_recent
from notion_gateway.access.signed_in_members import SignedInMembers
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import (
    GatewayError,
    InvalidRequest,
    PrincipalMismatch,
    Unauthenticated,
)
from notion_gateway.kernel.secret import Secret

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class ToldSignIn:
    """What the issuer gave the application. ``scope``: what was asked of the issuer."""

    id_token: str
    access_token: Secret | None
    scope: str


@final
@dataclass(frozen=True)
class ApplicationSignIns:
    """``clients``: the applications' clients at the issuer. The application's word is not taken for
    what its people's groups are: the ID token is checked here again.
    """

    members: SignedInMembers
    verifier: JwtVerifier
    clients: Collection[str]
    clock: Clock

    async def follow(self, principal: Principal, told: ToldSignIn) -> None:
        """Makes the person a member, of another role, or none, wherever the issuer's rules say so.
        Nothing where there are no rules, but that a revoked issuer's people are refused.

        Raises IssuerRevoked, InvalidRequest, PrincipalMismatch, Unauthenticated,
        IdentityUnavailable or StoreUnavailable.
        """
        try:
            await self._follow(principal, told)
        except GatewayError as fault:
            log.warning(
                "sign_in_refused",
                user_id=principal.user_id,
                reason=fault.reason,
                detail=str(fault),
            )
            raise

    async def _follow(self, principal: Principal, told: ToldSignIn) -> None:
        issuer, named = self.members.issuer, issuer_of(told.id_token)
        if named == issuer.identifier:
            self.members.require_trust()
        if not self.members.rules:
            return
        if named is None:
            raise Unauthenticated("The ID token is no JSON Web Token, or names no issuer (iss).")
        if named != issuer.identifier:
            raise InvalidRequest(
                "The ID token is another issuer's (iss): the front end's AUTH_OIDC_ISSUER has to be"
                " the gateway's GATEWAY_OIDC_ISSUER, whose word says who belongs where."
            )
        claims = await self.verifier.verify(told.id_token)
        client_id = client_named(claims, self.clients)
        if client_id is None:
            raise InvalidRequest(
                "The ID token was made for another client (aud, azp). Whoever runs the gateway"
                " names the front end's in GATEWAY_OIDC_FRONT_END_CLIENT_ID."
            )
        now = self.clock.now()
        require_recent(claims, now)
        claims = await self.members.told(claims, told.access_token)
        if not self.members.says_who_belongs(claims):
            await self._require_asked(told.scope)
        person = oidc_principal(
            claims,
            issuer=issuer.identifier,
            audience=client_id,
            user_claim=self.members.user_claim,
            now=now,
        )
        if person.user_id != principal.user_id:
            raise PrincipalMismatch(
                "The issuer names another person than the application: AUTH_USER_CLAIM there and"
                " GATEWAY_OIDC_USER_CLAIM here have to be the same."
            )
        await self.members.follow(claims, person.user_id, is_asked=False)
        log.info("sign_in_told", user_id=person.user_id, issuer=issuer.identifier)

    async def _require_asked(self, scope: str) -> None:
        """The application's settings are wrong where it has not asked for what the rules go by."""
        offered = (await self.members.issuer.configuration()).scopes
        missing = [one for one in self.members.scopes(offered) if one not in scope.split()]
        if missing:
            raise InvalidRequest(
                f"The issuer was not asked who belongs: the front end's AUTH_OIDC_SCOPE has to name"
                f" {' and '.join(missing)} as well."
            )
