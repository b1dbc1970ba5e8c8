"""An MCP client's tokens: given for a code, renewed, taken back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import final

import structlog

from notion_gateway.access.gateway_tokens import GatewayTokens, new_refresh_token, new_token
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
from notion_gateway.authorization_server.rules.grants import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    ClientGrant,
    LoginRefused,
    RefreshToken,
    RefreshVerdict,
    judge_refresh,
    space_of,
    successor,
)
from notion_gateway.authorization_server.rules.refusals import Refused, Why
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
    """

    own: OwnAddress
    grants: ClientGrantStore
    tokens: GatewayTokens
    members: Members
    issuers: Issuers
    confirmed_within: timedelta
    keys: Callable[[], Sequence[bytes]] = field(repr=False)
    clock: Clock

    async def by_code(self, client_id: str, code: Secret) -> ClientGrant | None:
        """The grant a code stands for; None for a code that is unknown, used or another's.

        A code that comes a second time ends what it was exchanged for (RFC 6749 section 4.1.2).
        """
        grant = await self.grants.by_code(code.fingerprint())
        if grant is None or grant.client_id != client_id or grant.revoked_at is not None:
            return None
        if grant.code_used_at is not None:
            await self._end(grant, "code_reuse")
            return None
        return grant

    async def redeem_code(self, grant: ClientGrant, resource: str | None) -> IssuedTokens:
        """Raises LoginRefused or StoreUnavailable. PKCE and redirect URI are checked before."""
        now = self.clock.now()
        self._require_resource(grant, resource)
        if now >= grant.code_expires_at:
            raise LoginRefused("invalid_grant", "the code has expired")
        await self._require_member(grant)
        issued, access, refresh = first_tokens(grant, now)
        if not await self.grants.redeem_code(grant, access, refresh):
            await self._end(grant, "code_reuse")
            raise LoginRefused("invalid_grant", "the code was used before")
        log.info("client_logged_in", space_id=grant.space_id, **_named(grant))
        return issued

    async def by_refresh(
        self, client_id: str, token: Secret
    ) -> tuple[ClientGrant, RefreshToken] | None:
        """None for a refresh token that is unknown, spent, revoked or another client's.

        One that comes a second time ends the grant: see ``judge_refresh``.
        """
        if not is_refresh_token(token.reveal()):
            return None
        found = await self.grants.by_refresh(token.fingerprint())
        if found is None or found[0].client_id != client_id or found[0].revoked_at is not None:
            return None
        verdict = judge_refresh(found[1], self.clock.now())
        if verdict is RefreshVerdict.REUSED:
            await self._end(found[0], "refresh_token_reuse")
        return found if verdict in (RefreshVerdict.ROTATE, RefreshVerdict.REPEAT) else None

    async def refresh(
        self, grant: ClientGrant, old: RefreshToken, token: Secret, resource: str | None
    ) -> IssuedTokens:
        """A new pair for the refresh token, which ``by_refresh`` has found; the same one for each
        of its retries.

        Raises LoginRefused or StoreUnavailable.
        """
        now = self.clock.now()
        self._require_resource(grant, resource)
        await self._require_member(grant)
        if old.used_at is not None:
            return await self._issued_before(grant, token, now)
        access, refresh = _pair_after(token, grant.kind, self.keys()[0])
        record = _access_record(grant, access, now)
        if not await self.grants.rotate(old, record, _refresh_record(grant, refresh, now)):
            # Another request of this moment was faster, and this one is a retry by now.
            again = await self.by_refresh(grant.client_id, token)
            if again is None:
                raise LoginRefused("invalid_grant", "the refresh token was used before")
            return await self.refresh(*again, token, resource)
        return IssuedTokens(access, refresh, int(ACCESS_LIFETIME.total_seconds()))

    async def _issued_before(
        self, grant: ClientGrant, token: Secret, now: datetime
    ) -> IssuedTokens:
        """The pair that a refresh token was exchanged for, also if the keys have changed since."""
        for key in self.keys():
            access, refresh = _pair_after(token, grant.kind, key)
            record = await self.tokens.store.by_hash(access.fingerprint())
            if record is not None and record.grant_id == grant.grant_id:
                left = record.expires_at - now
                return IssuedTokens(access, refresh, int(left.total_seconds()))
        # Made by a version that gave out random pairs: nobody can say it again.
        raise LoginRefused("invalid_grant", "the refresh token was used before")

    async def by_access(self, token: Secret) -> ClientGrant | None:
        """The grant that an access token of any client comes from, whether it is good or not."""
        if not is_well_formed(token.reveal()):
            return None
        found = await self.tokens.store.by_hash(token.fingerprint())
        if found is None or found.grant_id is None:
            return None
        return await self.grants.get(found.grant_id)

    async def revoke(self, grant: ClientGrant) -> None:
        """The client gives back what it has: all of it, whichever token it named (RFC 7009
        section 2.1).
        """
        await self._end_by(grant, grant.user_id)

    def _require_resource(self, grant: ClientGrant, resource: str | None) -> None:
        """RFC 8707 section 2.2: left out, it is the one the grant is for."""
        if resource is not None and space_of(resource, self.own, grant.kind) != grant.space_id:
            raise LoginRefused("invalid_target", "this grant is for another resource")

    async def _require_member(self, grant: ClientGrant) -> None:
        if grant.issuer in self.issuers.revoked.listed:
            await self._end(grant, Why.ISSUER_REVOKED)
            raise Refused(Why.ISSUER_REVOKED)
        try:
            there = await self.members.require(
                Principal(grant.user_id, Means.SIGN_IN), grant.space_id
            )
        except SpaceNotAccessible:
            await self._end(grant, "no_member_any_more")
            raise LoginRefused("invalid_grant", "the person has left the space") from None
        member = there.space.members.get(grant.user_id)
        if member is not None and member.issuer is not None:
            await self._require_confirmed(grant, member.issuer)

    async def _require_confirmed(self, grant: ClientGrant, issuer: str) -> None:
        """The person belongs by an issuer's word, which is asked for again by a new login."""
        said_at = await self.issuers.people.store.confirmed_at(issuer, grant.user_id)
        if said_at is None or self.clock.now() - said_at > self.confirmed_within:
            await self._end(grant, Why.MEMBERSHIP_NOT_CONFIRMED)
            raise Refused(Why.MEMBERSHIP_NOT_CONFIRMED)

    async def end_reused(self, grant_id: str, why: str) -> None:
        """A code came a second time: somebody else may have what it was exchanged for."""
        grant = await self.grants.get(grant_id)
        if grant is not None and grant.revoked_at is None:
            await self._end(grant, why)

    async def _end(self, grant: ClientGrant, why: str) -> None:
        log.warning("client_grant_ended", space_id=grant.space_id, why=why, **_named(grant))
        await self._end_by(grant, f"gateway:{why}")

    async def _end_by(self, grant: ClientGrant, by: str) -> None:
        await self.grants.end(grant.space_id, [grant.grant_id], by, self.clock.now())
        self.tokens.cache.forget(grant.space_id)


def _named(grant: ClientGrant) -> dict[str, str]:
    return {"grant_id": grant.grant_id, "client_id": grant.client_id}


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
        grant_id=grant.grant_id,
    )


def _refresh_record(grant: ClientGrant, token: Secret, now: datetime) -> RefreshToken:
    return RefreshToken(token.fingerprint(), grant.grant_id, now, now + REFRESH_LIFETIME)
