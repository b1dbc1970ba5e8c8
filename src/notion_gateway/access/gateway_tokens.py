"""Giving out gateway tokens, recognising them, and ending them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, final

import structlog

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.rules.gateway_tokens import (
    MAX_LIFETIME_DAYS,
    PREFIXES,
    RANDOM_BYTES,
    REFRESH_PREFIX,
    GatewayToken,
    ListedToken,
    TokenKind,
    hint_of,
    token_of,
)
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest, StoreUnavailable
from notion_gateway.kernel.log import masked
from notion_gateway.kernel.randomness import random_bytes, random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.text import short_text
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

MAX_NAME_CHARACTERS = 100
MAX_TOOLS = 100
_RECORD_USE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What somebody asks for. ``tools``: the only ones it may call, ``resources/read`` and so on
    among them (``rules/tool_limits.py``); None for all. ``is_service``: it acts for nobody in
    particular.
    """

    name: str
    expires_in_days: int = 90
    read_only: bool = False
    tools: frozenset[str] | None = None
    can_manage: bool = False
    is_service: bool = False


class TokenSource(Protocol):
    """Tokens that people made, or what they allowed to MCP clients."""

    async def of_space(self, space_id: str, now: datetime, /) -> Sequence[ListedToken]:
        """Those that are good, oldest first."""
        ...

    async def end(
        self, space_id: str, token_ids: Collection[str], by: str, now: datetime, /
    ) -> None:
        """Ids that are none of its own, or have ended already, are left alone."""
        ...

    async def living_among(self, token_ids: Collection[str], /) -> Collection[str]:
        """Those of these ids that are its own and that nobody has ended, expired ones included."""
        ...


def new_token(kind: TokenKind) -> Secret:
    return token_of(PREFIXES[kind], random_bytes(RANDOM_BYTES))


def new_refresh_token() -> Secret:
    return token_of(REFRESH_PREFIX, random_bytes(RANDOM_BYTES))


@final
@dataclass
class GatewayTokens:
    """``sources``: every store of what lets a bearer in, ``store`` among them."""

    store: GatewayTokenStore
    sources: Sequence[TokenSource]
    cache: AuthenticationCache
    clock: Clock
    _used: dict[str, datetime] = field(init=False, repr=False, default_factory=dict[str, datetime])
    _programs: dict[str, str] = field(init=False, repr=False, default_factory=dict[str, str])

    async def issue(
        self, space_id: str, user_id: str, wish: TokenWish, *, by_anybody: bool = False
    ) -> tuple[GatewayToken, Secret]:
        """The token's record, and the token itself for the only time. Who asks belongs to the space
        still, and owns it where the token is for nobody in particular; ``by_anybody``: they need
        not own it, as an operator, or on a machine of one's own.

        Raises InvalidRequest, SpaceNotAccessible, OwnerRequired or StoreUnavailable.
        """
        require_sensible(wish)
        secret, now = new_token(TokenKind.PERSONAL), self.clock.now()
        token = GatewayToken(
            token_id=random_identifier(),
            sha256=secret.fingerprint(),
            kind=TokenKind.PERSONAL,
            space_id=space_id,
            user_id=user_id,
            name=" ".join(wish.name.split()),
            hint=hint_of(secret),
            created_at=now,
            expires_at=now + timedelta(days=wish.expires_in_days),
            read_only=wish.read_only,
            tools=wish.tools,
            can_manage=wish.can_manage,
            is_service=wish.is_service,
        )
        owns = wish.is_service and not by_anybody
        await self.store.add(token, Role.OWNER if owns else Role.MEMBER)
        log.info("token_issued", space_id=space_id, user_id=user_id, token_id=token.token_id)
        return token, secret

    async def of_space(self, space_id: str, user_id: str | None = None) -> Sequence[ListedToken]:
        """Those that are good, of everybody or of one person: tokens that people made, and what
        they allowed to MCP clients.
        """
        now = self.clock.now()
        found = [one for source in self.sources for one in await source.of_space(space_id, now)]
        return [one for one in found if user_id is None or one.user_id == user_id]

    async def living_among(self, ids: Collection[str]) -> Collection[str]:
        """Those that nobody has ended (``Principal.revocable_id``). What no source knows has
        ended. Raises StoreUnavailable.
        """
        living: set[str] = set()
        for source in self.sources if ids else ():
            living.update(await source.living_among(ids))
        return living

    async def revoke(self, space_id: str, token_id: str, by: str) -> None:
        """Within two seconds on every replica; a client with all it holds. Repeating it is
        harmless.
        """
        now = self.clock.now()
        for source in self.sources:
            await source.end(space_id, [token_id], by, now)
        self.cache.forget(space_id)
        log.info("token_revoked", space_id=space_id, token_id=token_id, by=by)

    async def programs(self, space_id: str) -> Mapping[str, str]:
        """Which program called last with each, by the ids that ``of_space`` lists."""
        return await self.store.programs(space_id)

    def used(self, token_id: str, program: str = "") -> None:
        """Remembered here, and written down now and then: a call does not wait for it.
        ``program``: what calls, as it calls itself; empty where that is not known.
        """
        self._used[token_id] = self.clock.now()
        if program:
            self._programs[token_id] = program

    async def record_uses(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, and once more then."""
        while not await happens_within(stop, _RECORD_USE_SECONDS):
            await self._record()
        await self._record()

    async def _record(self) -> None:
        used, self._used = self._used, {}
        programs, self._programs = self._programs, {}
        if not used:
            return
        shown = {one: short_text(masked(name)) or "" for one, name in programs.items()}
        try:
            await self.store.used(used, shown)
        except StoreUnavailable:
            self._used, self._programs = used | self._used, programs | self._programs
            log.warning("token_uses_not_recorded")


def require_sensible(wish: TokenWish) -> None:
    """Raises InvalidRequest."""
    name = " ".join(wish.name.split())
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise InvalidRequest(f"A token's name has 1 to {MAX_NAME_CHARACTERS} printable characters.")
    if not 1 <= wish.expires_in_days <= MAX_LIFETIME_DAYS:
        raise InvalidRequest(f"expires_in_days is 1 to {MAX_LIFETIME_DAYS}.")
    if wish.tools is not None and not 1 <= len(wish.tools) <= MAX_TOOLS:
        raise InvalidRequest(f"tools has 1 to {MAX_TOOLS} names, or is left out for all.")
    if wish.can_manage and (wish.read_only or wish.tools is not None):
        raise InvalidRequest("A token that may manage the space cannot be limited to some tools.")
    if wish.can_manage and wish.is_service:
        raise InvalidRequest("A service token calls tools; it cannot manage the space.")
