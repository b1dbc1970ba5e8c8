"""People who come in by an issuer's word, without a page: their programs get short tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, final

import structlog

from notion_gateway.access.issuer_store import IssuersPerson
from notion_gateway.access.issuers_people import EmailTaken, SubjectUnusable
from notion_gateway.access.jwt import JwtVerifier
from notion_gateway.access.membership import Members
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.issuers import (
    GroupsUnreadable,
    Told,
    TrustedIssuer,
    groups_of,
    verified_email,
)
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.trusted_issuers import Issuers
from notion_gateway.authorization_server.client_tokens import IssuedTokens, first_tokens
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import ClientGrant
from notion_gateway.authorization_server.rules.identity_assertions import (
    ACCESS_LIFETIME,
    expiry_of,
    identity_once_key,
    judge_client,
    judge_identity,
    resource_of,
    space_named,
)
from notion_gateway.authorization_server.rules.refusals import (
    About,
    AskedTooOften,
    Refused,
    refused_about,
)
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.authorization_server.signed_tokens import (
    IDENTITY_ASSERTION,
    issuer_named,
    verified,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import SpaceNotAccessible
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.used_once import UsedOnce

log = structlog.stdlib.get_logger()


@final
@dataclass(frozen=True)
class IdentityAssertions:
    """``own``: this gateway's address, which is the audience of assertions. ``asked`` counts tokens
    by person and client.
    """

    own: OwnAddress
    issuers: Issuers
    grants: ClientGrantStore
    members: Members
    once: UsedOnce
    asked: RateLimiter
    clock: Clock

    @property
    def is_offered(self) -> bool:
        return bool(self.issuers.trusted)

    async def token(self, client: McpClient, sent: Mapping[str, str]) -> IssuedTokens:
        """For a request to the token endpoint of a client that has proven who it is.

        Raises LoginRefused, TooManyRequests, IdentityUnavailable or StoreUnavailable.
        """
        assertion = sent.get("assertion")
        if assertion is None:
            raise Refused(Why.ID_ASSERTION_MISSING)
        if "authorization_details" in sent:
            raise Refused(Why.ID_ASSERTION_DETAILS)
        issuer, verifier = self._trusted(assertion)
        why = judge_client(client, issuer)
        if why is not None:
            raise Refused(why)
        claims = await verified(assertion, verifier, IDENTITY_ASSERTION)
        with refused_about(About(space_named(claims, self.own))):
            return await self._by_claims(client, issuer, claims, sent.get("resource"))

    async def _by_claims(
        self,
        client: McpClient,
        issuer: TrustedIssuer,
        claims: Mapping[str, Any],
        resource: str | None,
    ) -> IssuedTokens:
        now = self.clock.now()
        why = judge_identity(claims, issuer, client.client_id, self.own.url, now)
        if why is not None:
            raise Refused(why)
        space_id = resource_of(claims, resource, self.own)
        told = _told(claims, issuer)
        key = identity_once_key(issuer.issuer, claims["jti"])
        if not await self.once.use(key, expiry_of(claims), now):
            raise Refused(Why.ID_ASSERTION_REPLAYED)
        person = await self._person(issuer, told)
        with refused_about(About(space_id, person.user_id)):
            self._count(client, person)
            await self._require_member(issuer, person, told, space_id)
            confirms = self.issuers.people.confirms(issuer.issuer, told)
            return await self._issued(client, person, space_id, now, confirms=confirms)

    def _trusted(self, assertion: str) -> tuple[TrustedIssuer, JwtVerifier]:
        found = self.issuers.trusted.get(issuer_named(assertion, IDENTITY_ASSERTION))
        if found is None:
            raise Refused(Why.ISSUER_UNKNOWN)
        if found[0].issuer in self.issuers.revoked.listed:
            raise Refused(Why.ISSUER_REVOKED)
        return found

    async def _person(self, issuer: TrustedIssuer, told: Told) -> IssuersPerson:
        try:
            return await self.issuers.people.person(issuer, told)
        except EmailTaken:
            raise Refused(Why.EMAIL_LINKED_BEFORE) from None
        except SubjectUnusable:
            raise Refused(Why.ID_ASSERTION_SUBJECT) from None

    def _count(self, client: McpClient, person: IssuersPerson) -> None:
        wait = self.asked.hit(f"{client.client_id}\n{person.user_id}")
        if wait is not None:
            raise AskedTooOften(
                Why.ASSERTED_TOKENS_TOO_MANY,
                "This person's program asks for too many tokens: one lasts for ten minutes.",
                retry_after_seconds=wait,
            )

    async def _require_member(
        self, issuer: TrustedIssuer, person: IssuersPerson, told: Told, space_id: str
    ) -> None:
        people = self.issuers.people
        if issuer.rules:
            await people.follow(issuer.issuer, person.user_id, told, issuer.rules)
        try:
            await self.members.require(Principal(person.user_id, Means.SIGN_IN), space_id)
        except SpaceNotAccessible:
            removed = person.user_id in (await self.members.load(space_id)).kept_out
            raise Refused(Why.PERSON_REMOVED if removed else Why.PERSON_NOT_IN_SPACE) from None

    async def _issued(
        self,
        client: McpClient,
        person: IssuersPerson,
        space_id: str,
        now: datetime,
        *,
        confirms: bool,
    ) -> IssuedTokens:
        """A token of the one grant that there is for a person, a client and a space."""
        grant = ClientGrant(
            client_grant_id=random_identifier(),
            client_id=client.client_id,
            client_name=client.shown_name,
            space_id=space_id,
            user_id=person.user_id,
            redirect_uri="",
            code_challenge="",
            read_only=False,
            may_refresh=False,
            created_at=now,
            expires_at=now + ACCESS_LIFETIME,
            code_expires_at=now,
            code_used_at=now,
            issuer=person.issuer,
        )
        issued, access, _ = first_tokens(grant, now, ACCESS_LIFETIME)
        code = Secret(f"assertion\n{grant.client_grant_id}").fingerprint()  # no code leads to it
        try:
            is_put = await self.grants.put_asserted(
                grant, code, access, person.subject, confirms=confirms
            )
        except SpaceNotAccessible:
            raise Refused(Why.PERSON_LEFT_SPACE) from None
        if not is_put:
            raise Refused(Why.ISSUER_REVOKED)
        log.info(
            "person_let_in",
            space_id=space_id,
            user_id=person.user_id,
            client_id=client.client_id,
            issuer=person.issuer,
        )
        return issued


def _told(claims: Mapping[str, Any], issuer: TrustedIssuer) -> Told:
    try:
        groups = groups_of(claims, issuer.groups_claim)
    except GroupsUnreadable:
        raise Refused(Why.ID_ASSERTION_GROUPS) from None
    return Told(claims["sub"], verified_email(claims), groups)
