"""What identity needs of the world: who signs, who belongs, which tokens were given out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from notion_gateway.access.rules.gateway_tokens import GatewayToken, ListedToken
from notion_gateway.access.rules.principal import Once
from notion_gateway.access.rules.sign_in import OpenIdConfiguration
from notion_gateway.access.rules.space import AnySpaceEvent, Role, SpaceEvent
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import ClientGrant, RefreshToken


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

    async def all(self) -> Sequence["NamedSpace"]:
        """Every space, by name."""
        ...


@dataclass(frozen=True, slots=True)
class NamedSpace:
    space_id: str
    name: str
    created_at: datetime


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
        """Those that people made and that are good, oldest first."""
        ...

    async def revoke(
        self, space_id: str, token_ids: Collection[str], by: str, now: datetime
    ) -> None:
        """Those of the space that are not revoked yet; the others are left as they are."""
        ...

    async def revoked_among(self, token_ids: Collection[str]) -> Collection[str]: ...

    async def used(self, last_used: Mapping[str, datetime]) -> None:
        """When tokens were last seen, by id."""
        ...


class ClientStore(Protocol):
    """Clients that registered themselves."""

    async def add(self, client: McpClient, now: datetime) -> None:
        """Whoever registered long ago and was never allowed anything goes with it."""
        ...

    async def get(self, client_id: str) -> McpClient | None: ...

    async def allowed(self, client_id: str, now: datetime) -> None:
        """A person has allowed it something; harmless for a client that is none of these."""
        ...


class ClientGrantStore(Protocol):
    """What people allowed clients, with the hashes of codes and refresh tokens."""

    async def add(self, grant: ClientGrant, code_sha256: str) -> None: ...

    async def get(self, grant_id: str) -> ClientGrant | None: ...

    async def by_code(self, code_sha256: str) -> ClientGrant | None: ...

    async def by_refresh(self, sha256: str) -> tuple[ClientGrant, RefreshToken] | None: ...

    async def redeem_code(
        self, grant: ClientGrant, access: GatewayToken, refresh: RefreshToken | None
    ) -> bool:
        """Stores what was issued; False, and nothing stored, where the code was used before or
        the grant has ended.
        """
        ...

    async def rotate(self, old: RefreshToken, access: GatewayToken, refresh: RefreshToken) -> bool:
        """The same for a refresh token; False where it has been used since it was read."""
        ...

    async def of_space(self, space_id: str, now: datetime) -> Sequence[ListedToken]:
        """Those that are good, oldest first."""
        ...

    async def end(self, space_id: str, grant_ids: Collection[str], by: str, now: datetime) -> None:
        """With every token of theirs. Ids that are no living grant's are left alone."""
        ...


class DocumentReader(Protocol):
    async def read(self, address: str) -> bytes:
        """A client-id metadata document. Raises ClientUnusable."""
        ...


class IdentityProvider(Protocol):
    """Where people sign in (OpenID Connect)."""

    @property
    def issuer(self) -> str: ...

    async def configuration(self) -> OpenIdConfiguration:
        """Raises IdentityUnavailable."""
        ...


class SealedText(Protocol):
    """Sealed with keys of the gateway's own, for cookies and addresses."""

    def seal(self, purpose: str, text: str) -> str:
        """URL-safe."""
        ...

    def open(self, purpose: str, sealed: str) -> str | None:
        """None for what was altered, or sealed for another purpose or under no known key."""
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
