"""What identity needs of the world: who signs, who belongs, which tokens were given out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from notion_gateway.domain.gateway_tokens import GatewayToken
from notion_gateway.domain.principal import Once
from notion_gateway.domain.space import AnySpaceEvent, Role, SpaceEvent


class TokenVerifier(Protocol):
    """The signature of a JSON Web Token (RFC 7515), against the keys of one signer."""

    async def verify(self, token: str) -> Mapping[str, Any]:
        """The claims, whose meaning nobody has judged yet.

        Raises Unauthenticated, and StoreUnavailable where the signer's keys cannot be had.
        """
        ...


class SpaceStore(Protocol):
    """Streams of spaces, and who belongs where as a table made from them."""

    async def load(self, space_id: str) -> Sequence[AnySpaceEvent]: ...

    async def append(
        self, space_id: str, expected_version: int, events: Sequence[SpaceEvent]
    ) -> None:
        """All of it or nothing. Raises VersionConflict and StoreUnavailable."""
        ...

    async def of_user(self, user_id: str) -> Sequence["Membership"]:
        """The spaces somebody belongs to, by name."""
        ...


@dataclass(frozen=True, slots=True)
class Membership:
    space_id: str
    name: str
    role: Role
    created_at: datetime


class GatewayTokenStore(Protocol):
    async def add(self, token: GatewayToken) -> None: ...

    async def by_hash(self, sha256: str) -> GatewayToken | None: ...

    async def of_space(self, space_id: str, now: datetime) -> Sequence[GatewayToken]:
        """Those that are good, oldest first."""
        ...

    async def revoke(
        self, space_id: str, token_ids: Collection[str], by: str, now: datetime
    ) -> None:
        """Those of the space that are not revoked yet; the others are left as they are."""
        ...

    async def used(self, last_used: Mapping[str, datetime]) -> None:
        """When tokens were last seen, by id."""
        ...


class OnceStore(Protocol):
    async def use(self, once: Once, now: datetime) -> bool:
        """True the first time, False from then on, whoever asks. Raises StoreUnavailable."""
        ...


class RateLimiter(Protocol):
    def hit(self, key: str) -> int | None:
        """Counts one. None while there is room, else the seconds until there is."""
        ...

    def is_spent(self, key: str) -> bool:
        """Whether there is no room left; counts nothing."""
        ...


IssuerReader = Callable[[str], str | None]
"""Whose token it claims to be, unproven: it tells which keys to ask."""
