"""Logging in on a machine without a browser: begun there, decided in a browser, fetched there."""

from dataclasses import dataclass, field
from typing import final

import structlog

from notion_gateway.access.issuer_store import IssuerRevoked
from notion_gateway.access.membership import Members, SpaceAccess
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.authorization_server.client_tokens import (
    ClientTokens,
    IssuedTokens,
    first_tokens,
)
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.device_logins import (
    INTERVAL_SECONDS,
    LIFETIME,
    RANDOM_BYTES,
    Decision,
    DeviceLogin,
    judge_poll,
    judge_typed,
    machine_name,
    next_poll,
    typed_code,
    user_code_of,
)
from notion_gateway.authorization_server.rules.grants import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    ClientGrant,
    LoginRefused,
    is_address_of,
    space_of,
)
from notion_gateway.authorization_server.rules.refusals import (
    About,
    AskedTooOften,
    Refused,
    refused_about,
)
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import SpaceNotAccessible
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.randomness import random_bytes, random_identifier, random_token
from notion_gateway.kernel.secret import Secret

log = structlog.stdlib.get_logger()

_ASK_AGAIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """``device_code`` is for the program, ``user_code`` for its person."""

    device_code: Secret = field(repr=False)
    user_code: str
    expires_in_seconds: int
    interval_seconds: int


@final
@dataclass(frozen=True)
class DeviceLogins:
    """``own``: this gateway's address, under which each space is a resource. ``arrivals`` counts
    logins by the address they begin at, ``guesses`` wrong codes by the person who typed them.
    """

    own: OwnAddress
    store: DeviceLoginStore
    clients: ClientStore
    tokens: ClientTokens
    members: Members
    arrivals: RateLimiter
    guesses: RateLimiter
    clock: Clock

    async def begin(
        self, client: McpClient, *, resource: str | None, machine: str | None, address: str
    ) -> BegunLogin:
        """Raises LoginRefused, TooManyRequests or StoreUnavailable."""
        space_id = _space_of(resource, self.own, client.kind)
        wait = self.arrivals.hit(address)
        if wait is not None:
            raise AskedTooOften(
                Why.DEVICE_LOGINS_TOO_MANY,
                "Too many logins begin at this address. Wait a minute, then try again.",
                retry_after_seconds=wait,
            )
        now, code = self.clock.now(), Secret(random_token())
        login = DeviceLogin(
            login_id=random_identifier(),
            client_id=client.client_id,
            client_name=client.shown_name,
            kind=client.kind,
            may_refresh="refresh_token" in client.grant_types,
            space_id=space_id,
            user_code=user_code_of(random_bytes(RANDOM_BYTES)),
            machine=machine_name(machine),
            address=address,
            created_at=now,
            expires_at=now + LIFETIME,
            interval_seconds=INTERVAL_SECONDS,
            poll_after=now,
        )
        if not await self.store.add(login, code.fingerprint()):
            raise AskedTooOften(
                Why.DEVICE_LOGINS_ALL_WAITING,
                "Too many logins wait for their people. Try again in some minutes.",
                retry_after_seconds=_ASK_AGAIN_SECONDS,
            )
        log.info("device_login_begun", space_id=space_id, **_named(login), address=address)
        return BegunLogin(
            code, login.user_code, int(LIFETIME.total_seconds()), login.interval_seconds
        )

    async def find(self, typed: str, user_id: str) -> DeviceLogin:
        """What waits with the code that a person typed. Raises LoginRefused, TooManyRequests or
        StoreUnavailable.
        """
        if self.guesses.is_spent(user_id):
            with refused_about(_about_person(user_id, None)):
                raise AskedTooOften(
                    Why.USER_CODE_TOO_MANY_GUESSES,
                    "Too many codes that were not good. Wait a minute, then try again.",
                    retry_after_seconds=_ASK_AGAIN_SECONDS,
                )
        code = typed_code(typed)
        login = None if code is None else await self.store.by_user_code(code)
        judged = judge_typed(code, login, self.clock.now())
        if isinstance(judged, DeviceLogin):
            return judged
        self.guesses.hit(user_id)
        with refused_about(_about_person(user_id, login)):
            raise Refused(judged)

    async def access(self, login: DeviceLogin, user_id: str) -> SpaceAccess:
        """Raises LoginRefused, for an absent space as for another's, or StoreUnavailable."""
        try:
            return await self._access(login, user_id)
        except SpaceNotAccessible as fault:
            with refused_about(_about_person(user_id, login)):
                raise Refused(Why.PERSON_NOT_IN_SPACE, str(fault)) from None

    async def _access(self, login: DeviceLogin, user_id: str) -> SpaceAccess:
        return await self.members.require(Principal(user_id, Means.SIGN_IN), login.space_id)

    async def decide(
        self, login: DeviceLogin, user_id: str, decision: Decision, issuer: str | None = None
    ) -> None:
        """``issuer``: where the person has signed in. Raises LoginRefused, IssuerRevoked or
        StoreUnavailable.
        """
        with refused_about(_about_person(user_id, login)):
            if decision is Decision.MANAGE and login.kind is not TokenKind.COMMAND_LINE:
                raise Refused(Why.DEVICE_MAY_NOT_MANAGE)
            if decision is not Decision.DENY:
                await self.access(login, user_id)
            now = self.clock.now()
            try:
                is_first = await self.store.decide(login, user_id, decision, now, issuer)
            except SpaceNotAccessible as fault:
                raise Refused(Why.PERSON_NOT_IN_SPACE, str(fault)) from None
            if not is_first:
                raise Refused(Why.USER_CODE_DECIDED)
        log.info(
            "device_login_decided",
            space_id=login.space_id,
            user_id=user_id,
            decision=decision,
            **_named(login),
        )

    async def poll(
        self, client_id: str, device_code: str | None, resource: str | None
    ) -> IssuedTokens:
        """Raises LoginRefused, with OAuth's own words for "not yet", or StoreUnavailable."""
        if device_code is None:
            raise Refused(Why.DEVICE_CODE_MISSING)
        fingerprint = Secret(device_code).fingerprint()
        login = await self.store.by_device_code(fingerprint)
        if login is None:
            raise Refused(Why.DEVICE_CODE_UNKNOWN)
        with refused_about(_about(login)):
            return await self._polled(login, client_id, fingerprint, resource)

    async def _polled(
        self, login: DeviceLogin, client_id: str, fingerprint: str, resource: str | None
    ) -> IssuedTokens:
        now = self.clock.now()
        why = judge_poll(login, client_id, now)
        if why is Why.DEVICE_LOGIN_PENDING or why is Why.DEVICE_POLLED_TOO_SOON:
            if not await self.store.polled(login, *next_poll(why, login.interval_seconds, now)):
                why = Why.DEVICE_POLLED_TOO_SOON
            raise Refused(why)
        if why is Why.DEVICE_CODE_USED and login.client_grant_id is not None:
            await self.tokens.end_reused(login.client_grant_id, "device_code_reuse")
        if why is Why.DEVICE_CODE_EXPIRED and login.user_id is not None:
            await self._require_allowed(login, login.user_id)  # else it has ended with that
        if why is not None:
            raise Refused(why)
        if resource is not None and not is_address_of(
            login.space_id, resource, self.own, login.kind
        ):
            raise Refused(Why.DEVICE_CODE_FOR_ANOTHER_RESOURCE)
        return await self._redeem(login, fingerprint)

    async def _require_allowed(self, login: DeviceLogin, user_id: str) -> None:
        """That whoever has allowed it is believed still, and belongs to the space."""
        if login.issuer in self.tokens.issuers.revoked.listed:
            raise Refused(Why.ISSUER_REVOKED, str(IssuerRevoked()))
        try:
            await self._access(login, user_id)
        except SpaceNotAccessible:
            raise Refused(Why.PERSON_LEFT_SPACE) from None

    async def _redeem(self, login: DeviceLogin, fingerprint: str) -> IssuedTokens:
        user_id, now = login.user_id or "", self.clock.now()
        await self._require_allowed(login, user_id)
        grant = ClientGrant(
            client_grant_id=random_identifier(),
            client_id=login.client_id,
            client_name=_listed_name(login),
            space_id=login.space_id,
            user_id=user_id,
            redirect_uri="",
            code_challenge="",
            read_only=login.decision is Decision.READ,
            may_refresh=login.may_refresh,
            created_at=now,
            expires_at=now + (REFRESH_LIFETIME if login.may_refresh else ACCESS_LIFETIME),
            code_expires_at=login.expires_at,
            code_used_at=now,
            kind=login.kind,
            can_manage=login.decision is Decision.MANAGE,
            issuer=login.issuer,
        )
        issued, access, refresh = first_tokens(grant, now)
        try:
            is_first = await self.store.redeem(login, grant, fingerprint, access, refresh)
        except IssuerRevoked as fault:
            raise Refused(Why.ISSUER_REVOKED, str(fault)) from None
        except SpaceNotAccessible:
            raise Refused(Why.PERSON_LEFT_SPACE) from None
        if not is_first:
            used = await self.store.by_device_code(fingerprint)
            if used is not None and used.client_grant_id is not None:
                await self.tokens.end_reused(used.client_grant_id, "device_code_reuse")
            raise Refused(Why.DEVICE_CODE_USED)
        await self.clients.allowed(login.client_id, now)
        log.info(
            "client_logged_in",
            space_id=grant.space_id,
            client_grant_id=grant.client_grant_id,
            client_id=grant.client_id,
        )
        return issued


def _space_of(resource: str | None, own: OwnAddress, kind: TokenKind) -> str:
    try:
        return space_of(resource, own, kind)
    except LoginRefused as fault:
        raise Refused(Why.DEVICE_RESOURCE, fault.description) from None


def _listed_name(login: DeviceLogin) -> str:
    """By which its person finds it again among the space's tokens."""
    return login.client_name if login.machine is None else f"{login.client_name}, {login.machine}"


def _named(login: DeviceLogin) -> dict[str, str]:
    return {"login_id": login.login_id, "client_id": login.client_id}


def _about(login: DeviceLogin) -> About:
    """``user_id``: who has decided, if anybody has."""
    return About(
        login.space_id, login.user_id or "", login.client_grant_id or "", _listed_name(login)
    )


def _about_person(user_id: str, login: DeviceLogin | None) -> About:
    """Who has typed or decided something, whether or not a program waits for it."""
    if login is None:
        return About(user_id=user_id)
    return About(login.space_id, user_id, login.client_grant_id or "", _listed_name(login))
