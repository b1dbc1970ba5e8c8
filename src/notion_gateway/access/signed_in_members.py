"""Who belongs where by the word of the OpenID issuer that people sign in at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import structlog

from notion_gateway.access.issuer_store import IssuerRevoked
from notion_gateway.access.issuers_people import IssuersPeople
from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.issuers import (
    GroupsUnreadable,
    MembershipRule,
    Told,
    groups_of,
    verified_email,
)
from notion_gateway.access.rules.sign_in import is_told, with_userinfo
from notion_gateway.kernel.errors import Unauthenticated
from notion_gateway.kernel.secret import Secret

log = structlog.stdlib.get_logger()


@final
@dataclass(frozen=True)
class SignedInMembers:
    """``rules`` are none where the issuer is not asked who belongs. ``user_claim`` names the claim
    that is the user id.
    """

    issuer: OpenIdIssuer
    user_claim: str
    groups_claim: str
    rules: Sequence[MembershipRule]
    people: IssuersPeople
    revoked: RevokedIssuers

    def require_trust(self) -> None:
        """Raises IssuerRevoked."""
        if self.issuer.identifier in self.revoked.listed:
            raise IssuerRevoked

    def scopes(self, offered: frozenset[str]) -> Sequence[str]:
        """What is asked of the issuer, so that it tells what the rules go by. There is no standard
        scope for groups: it is asked for where the issuer names one like the claim.
        """
        by_domain = any(one.domain is not None for one in self.rules)
        by_group = any(one.group is not None for one in self.rules)
        wanted = [("email", by_domain), (self.groups_claim, by_group)]
        return [name for name, is_needed in wanted if is_needed and name in offered | {"email"}]

    async def told(
        self, claims: Mapping[str, object], access_token: Secret | None
    ) -> Mapping[str, object]:
        """An ID token's claims, and what userinfo adds where they do not say who it is, or not what
        the rules go by. Raises Unauthenticated or IdentityUnavailable.
        """
        is_named = is_told(claims, self.user_claim)
        if is_named and self.says_who_belongs(claims):
            return claims
        userinfo = await self.issuer.userinfo(access_token)
        if userinfo is not None:
            return with_userinfo(claims, userinfo)
        if is_named and (await self.issuer.configuration()).userinfo_endpoint is None:
            return claims
        raise Unauthenticated(f"The issuer does not tell your {self.user_claim}.")

    def says_who_belongs(self, claims: Mapping[str, object]) -> bool:
        """Whether they say what the rules go by."""
        return all(
            self.groups_claim in claims if one.domain is None else "email_verified" in claims
            for one in self.rules
        )

    async def follow(
        self, claims: Mapping[str, Any], user_id: str, *, is_asked: bool, lets_in: bool = True
    ) -> None:
        """On every sign-in: in each space of the rules, and in each where somebody belongs already.
        ``is_asked``: the issuer was asked by the gateway itself, for what the rules go by; a claim
        that is missing says then that there is none, and else nothing. Without rules
        nobody is judged: whom the issuer's word made a member while there were some stays one by
        signing in. ``lets_in``: whether it makes anybody a member who is none, as a sign-in does.

        Raises IssuerRevoked, Unauthenticated or StoreUnavailable.
        """
        if not self.rules:
            await self._confirm(str(claims.get("sub")))
            return
        try:
            groups = groups_of(claims, self.groups_claim)
        except GroupsUnreadable:
            raise Unauthenticated("Your issuer does not say which groups you are in.") from None
        subject = str(claims["sub"])
        if groups is None and is_asked and any(one.group is not None for one in self.rules):
            groups = frozenset[str]()
        tells_address = is_asked or "email_verified" in claims
        told = Told(subject, verified_email(claims), groups, tells_address)
        issuer = self.issuer.identifier
        await self.people.follow(issuer, user_id, told, self.rules, lets_in=lets_in)
        confirms = self.people.confirms(issuer, told)
        if not confirms:
            log.warning("groups_not_told", user_id=user_id, issuer=issuer)
        now = self.people.clock.now()
        if not await self.people.store.signed_in(issuer, subject, user_id, now, confirms=confirms):
            raise IssuerRevoked

    async def _confirm(self, subject: str) -> None:
        store, issuer = self.people.store, self.issuer.identifier
        if await store.person(issuer, subject) is not None:
            await store.confirm(issuer, subject, self.people.clock.now())
