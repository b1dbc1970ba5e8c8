"""An MCP client's tokens: given for a code, renewed, taken back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import final

import structlog

from notion_gateway.access.gateway_tokens import GatewayTokens, new_refresh_token, new_token
from notion_gateway.access.issuer_store import IssuerRevoked
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.gateway_tokens import (
    PREFIXES,
    REFRESH_PREFIX,
    GatewayToken,
    TokenKind,
    hint_of,
    is_refresh_token,
    is_well_formed,
)
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.trusted_issuers import Issuers
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    ClientGrant,
    RefreshToken,
    successor,
)
from notion_gateway.authorization_server.rules.redeeming import (
    judge_code,
    judge_refresh_resource,
    judge_refresh_token,
)
from notion_gateway.authorization_server.rules.refusals import About, Refused, refused_about
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import SpaceNotAccessible
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.secret import Secret

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """``refresh`` is None for a client that did not ask for one."""

    access: Secret
    refresh: Secret | None
    expires_in_seconds: int


@final
@dataclass(frozen=True)
class ClientTokens:
    """``own``: this gateway's address, under which each space is a resource. ``keys``:
    what new pairs are made with, newest first; see ``successor``. ``confirmed_within``: for so long
    an issuer's word about who belongs counts, here where programs renew what they have.
    ``refusing_issuer``: has a person's issuer asked first, where it can be (``IssuerRenewal``).
    """

    own: OwnAddress
    grants: ClientGrantStore
    tokens: GatewayTokens
    members: Members
    issuers: Issuers
    refusing_issuer: Callable[[str], Awaitable[str | None]]
    confirmed_within: timedelta
    keys: Callable[[], Sequence[bytes]] = field(repr=False)
    clock: Clock

    async def for_code(self, client: McpClient, sent: Mapping[str, str]) -> IssuedTokens:
        """For a request of a client that has proven who it is. A code that comes a second time
        ends what it was exchanged for (RFC 6749 section 4.1.2).

        Raises LoginRefused or StoreUnavailable.
        """
        code = sent.get("code")
        if code is None:
            raise Refused(Why.CODE_MISSING)
        if "code_verifier" not in sent:
            raise Refused(Why.CODE_VERIFIER_MISSING)
        grant = await self.grants.by_code(Secret(code).fingerprint())
        if grant is None:
            raise Refused(Why.CODE_UNKNOWN)
        now = self.clock.now()
        with refused_about(_about(grant)):
            why = judge_code(grant, client.client_id, sent, self.own, now)
            if why is Why.CODE_USED:
                await self._end(grant, "code_reuse")
            if why is Why.CLIENT_GRANT_ENDED:
                await self._require_member(grant)  # else it has ended with their membership
            if why is not None:
                raise Refused(why)
            await self._require_member(grant)
            issued, access, refresh = first_tokens(grant, now)
            try:
                is_first = await self.grants.redeem_code(grant, access, refresh)
            except IssuerRevoked as fault:
                await self._end(grant, Why.ISSUER_REVOKED)
                raise Refused(Why.ISSUER_REVOKED, str(fault)) from None
            if not is_first:
                known = await self.grants.get(grant.client_grant_id)
                if known is not None and known.code_used_at is None:
                    raise Refused(Why.CLIENT_GRANT_ENDED)  # its person was removed just now
                await self._end(grant, "code_reuse")
                raise Refused(Why.CODE_USED)
        log.info("client_logged_in", space_id=grant.space_id, **_named(grant))
        return issued

    async def for_refresh_token(self, client: McpClient, sent: Mapping[str, str]) -> IssuedTokens:
        """A new pair, for a request of a client that has proven who it is; the same one for each
        of its retries.

        Raises LoginRefused or StoreUnavailable.
        """
        value = sent.get("refresh_token")
        if value is None:
            raise Refused(Why.REFRESH_TOKEN_MISSING)
        token = Secret(value)
        grant, old = await self.by_refresh_token(client.client_id, token)
        with refused_about(_about(grant)):
            why = judge_refresh_resource(grant, sent, self.own)
            if why is not None:
                raise Refused(why)
            await self._require_member(grant, await self.refusing_issuer(grant.user_id))
            return await self._pair_for(grant, old, token)

    async def by_refresh_token(
        self, client_id: str, token: Secret
    ) -> tuple[ClientGrant, RefreshToken]:
        """Of a refresh token that is good for that client. One that comes a second time ends its
        grant: see ``judge_refresh``. Raises LoginRefused or StoreUnavailable.
        """
        is_one = is_refresh_token(token.reveal())
        found = await self.grants.by_refresh(token.fingerprint()) if is_one else None
        if found is None:
            raise Refused(Why.REFRESH_TOKEN_UNKNOWN)
        grant, old = found
        with refused_about(_about(grant)):
            why = judge_refresh_token(grant, old, client_id, self.clock.now())
            if why is Why.REFRESH_TOKEN_USED:
                await self._end(grant, "refresh_token_reuse")
            if why is not None:
                raise Refused(why)
        return grant, old

    async def _pair_for(self, grant: ClientGrant, old: RefreshToken, token: Secret) -> IssuedTokens:
        now = self.clock.now()
        if old.used_at is not None:
            return await self._issued_before(grant, token, now)
        access, refresh = _pair_after(token, grant.kind, self.keys()[0])
        record = _access_record(grant, access, now)
        if not await self.grants.rotate(old, record, _refresh_record(grant, refresh, now)):
            # Another request of this moment was faster, and this one is a retry by now.
            return await self._pair_for(*await self.by_refresh_token(grant.client_id, token), token)
        return IssuedTokens(access, refresh, int(ACCESS_LIFETIME.total_seconds()))

    async def _issued_before(
        self, grant: ClientGrant, token: Secret, now: datetime
    ) -> IssuedTokens:
        """The pair that a refresh token was exchanged for, also if the keys have changed since."""
        for key in self.keys():
            access, refresh = _pair_after(token, grant.kind, key)
            record = await self.tokens.store.by_hash(access.fingerprint())
            if record is not None and record.belongs_to == grant.client_grant_id:
                left = record.expires_at - now
                return IssuedTokens(access, refresh, int(left.total_seconds()))
        # Made by a version that gave out random pairs: nobody can say it again.
        raise Refused(Why.REFRESH_TOKEN_USED)

    async def by_access(self, token: Secret) -> ClientGrant | None:
        """The grant that an access token of any client comes from, whether it is good or not."""
        if not is_well_formed(token.reveal()):
            return None
        found = await self.tokens.store.by_hash(token.fingerprint())
        if found is None or found.belongs_to is None:
            return None
        return await self.grants.get(found.belongs_to)

    async def revoke(self, grant: ClientGrant) -> None:
        """The client gives back what it has: all of it, whichever token it named (RFC 7009
        section 2.1).
        """
        await self._end_by(grant, grant.user_id)

    async def _require_member(self, grant: ClientGrant, refusing: str | None = None) -> None:
        """``refusing``: the issuer that does not speak of the person any more."""
        if grant.issuer in self.issuers.revoked.listed:
            await self._end(grant, Why.ISSUER_REVOKED)
            raise Refused(Why.ISSUER_REVOKED, str(IssuerRevoked()))
        try:
            there = await self.members.require(
                Principal(grant.user_id, Means.SIGN_IN), grant.space_id
            )
        except SpaceNotAccessible:
            await self._end(grant, "no_member_any_more")
            raise Refused(Why.PERSON_LEFT_SPACE) from None
        member = there.space.members.get(grant.user_id)
        if member is not None and member.issuer is not None:
            await self._require_confirmed(grant, member.issuer, refusing)

    async def _require_confirmed(
        self, grant: ClientGrant, issuer: str, refusing: str | None
    ) -> None:
        """The person belongs by an issuer's word, which is asked for again by a new login."""
        if issuer == refusing:
            await self._end(grant, Why.ISSUER_REFUSES_RENEWAL)
            raise Refused(Why.ISSUER_REFUSES_RENEWAL)
        said_at = await self.issuers.people.store.confirmed_at(issuer, grant.user_id)
        if said_at is None or self.clock.now() - said_at > self.confirmed_within:
            await self._end(grant, Why.MEMBERSHIP_NOT_CONFIRMED)
            raise Refused(Why.MEMBERSHIP_NOT_CONFIRMED)

    async def end_reused(self, client_grant_id: str, why: str) -> None:
        """A code came a second time: somebody else may have what it was exchanged for."""
        grant = await self.grants.get(client_grant_id)
        if grant is not None and grant.revoked_at is None:
            await self._end(grant, why)

    async def _end(self, grant: ClientGrant, why: str) -> None:
        log.warning("client_grant_ended", space_id=grant.space_id, why=why, **_named(grant))
        await self._end_by(grant, f"gateway:{why}")

    async def _end_by(self, grant: ClientGrant, by: str) -> None:
        await self.grants.end(grant.space_id, [grant.client_grant_id], by, self.clock.now())
        self.tokens.cache.forget(grant.space_id)


def _about(grant: ClientGrant) -> About:
    return About(grant.space_id, grant.user_id, grant.client_grant_id, grant.client_name)


def _named(grant: ClientGrant) -> dict[str, str]:
    return {"client_grant_id": grant.client_grant_id, "client_id": grant.client_id}


def first_tokens(
    grant: ClientGrant, now: datetime, lifetime: timedelta = ACCESS_LIFETIME
) -> tuple[IssuedTokens, GatewayToken, RefreshToken | None]:
    """What a login ends in, and what is kept of it. ``lifetime``: of the access token."""
    access, refresh, kept = new_token(grant.kind), None, None
    if grant.may_refresh:
        refresh = new_refresh_token()
        kept = _refresh_record(grant, refresh, now)
    issued = IssuedTokens(access, refresh, int(lifetime.total_seconds()))
    return issued, _access_record(grant, access, now, lifetime), kept


def _pair_after(old: Secret, kind: TokenKind, key: bytes) -> tuple[Secret, Secret]:
    """The access and the refresh token that a refresh token is exchanged for."""
    return successor(old, PREFIXES[kind], key), successor(old, REFRESH_PREFIX, key)


def _access_record(
    grant: ClientGrant, token: Secret, now: datetime, lifetime: timedelta = ACCESS_LIFETIME
) -> GatewayToken:
    return GatewayToken(
        token_id=random_identifier(),
        sha256=token.fingerprint(),
        kind=grant.kind,
        space_id=grant.space_id,
        user_id=grant.user_id,
        name=grant.client_name,
        hint=hint_of(token),
        created_at=now,
        expires_at=now + lifetime,
        read_only=grant.read_only,
        can_manage=grant.can_manage,
        belongs_to=grant.client_grant_id,
    )


def _refresh_record(grant: ClientGrant, token: Secret, now: datetime) -> RefreshToken:
    return RefreshToken(token.fingerprint(), grant.client_grant_id, now, now + REFRESH_LIFETIME)
