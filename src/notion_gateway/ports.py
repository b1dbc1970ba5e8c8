"""What the use cases need of the world. Adapters implement it; ``bootstrap`` joins the two."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from notion_gateway.integration.rules.events import AnyEvent, Event, Workspace
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.rules.headers import RawHeaders


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class Random(Protocol):
    def token(self) -> str:
        """256 random bits, URL-safe, 43 characters."""
        ...

    def identifier(self) -> str:
        """A new unique name, a UUID."""
        ...


# --- secrets at rest ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SecretContext:
    """Where a secret belongs. Bound into its seal: in any other place it does not open."""

    secret_id: str
    space_id: str
    process_id: str
    field: str


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it is stored: its data key wrapped by the key ``key_id``, and itself."""

    context: SecretContext
    schema_version: int
    key_id: str
    wrapped_key: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


class TokenVault(Protocol):
    def seal(self, secret: Secret, context: SecretContext) -> SealedSecret: ...

    def open(self, sealed: SealedSecret) -> Secret:
        """Raises SecretUnreadable: missing key, altered bytes, or a row in a foreign place."""
        ...

    def newest_key_id(self) -> str:
        """The key that seals now."""
        ...

    def rewrap(self, sealed: SealedSecret) -> SealedSecret:
        """The same secret under the newest key. Raises SecretUnreadable."""
        ...


# --- stores -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """``version`` counts from 1 within the stream."""

    version: int
    event: AnyEvent


class EventStore(Protocol):
    """Streams of events, and the sealed secrets that live and die with them."""

    async def load(self, space_id: str) -> Sequence[RecordedEvent]:
        """The whole stream, oldest first; empty for a space never heard of."""
        ...

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: Sequence[Event],
        *,
        seal: Sequence[SealedSecret] = (),
        destroy: Collection[str] = (),
    ) -> None:
        """All of it or nothing, in one transaction.

        Raises VersionConflict when the stream is not at ``expected_version`` any more, and
        StoreUnavailable when the database cannot be reached.
        """
        ...

    async def sealed(self, secret_id: str, space_id: str) -> SealedSecret | None:
        """The row with that id, as long as it belongs to that space."""
        ...

    async def idle(self, for_seconds: float) -> Sequence[str]:
        """Spaces whose living access token was stored longer ago than that."""
        ...

    async def sealed_under_others(
        self, key_id: str, *, after: str = "", limit: int = 100
    ) -> Sequence[SealedSecret]:
        """Secrets wrapped by another key than ``key_id``, by id, from ``after`` on."""
        ...

    async def rewrap(self, old: SealedSecret, new: SealedSecret) -> bool:
        """Puts ``new``'s wrapping where ``old``'s still is; False where it is not any more."""
        ...


class StateStore(Protocol):
    """OAuth state: remembered for a while, taken once."""

    async def put(self, key: str, sealed: SealedSecret, expires_at: datetime) -> None: ...

    async def take(self, key: str, now: datetime) -> SealedSecret | None:
        """Removes and returns it, to one caller only; None when unknown, taken or expired."""
        ...


class Lease(Protocol):
    """The right to redeem one space's refresh token.

    It outlasts the longest request that leaves in time, so whoever redeems has it to the end.
    """

    async def confirm(self) -> bool:
        """Whether the lease is still this holder's, by the store that grants it; it then lasts
        its full time again. False, too, where the store cannot be asked.
        """
        ...

    def in_time(self) -> bool:
        """Whether a request may leave now: so little time has passed since the lease was
        confirmed that the request ends before the lease does. Time in which the process or the
        machine stood still has passed too.
        """
        ...


class LeaseKeeper(Protocol):
    def hold(self, space_id: str) -> AbstractAsyncContextManager[Lease]:
        """Waits for the lease, gives it back at the end. Raises StoreUnavailable."""
        ...


# --- Notion -------------------------------------------------------------------------------


class OAuthTransport(Protocol):
    """One bounded request to Notion's OAuth side: no redirects, no foreign addresses."""

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Raises UpstreamUnreachable or UpstreamTimeout; the request may have been acted on."""
        ...


class WorkspaceLookup(Protocol):
    async def identify(self, access_token: Secret) -> Workspace:
        """Asks Notion's MCP server whose workspace this is. Raises GatewayError."""
        ...


@dataclass(frozen=True, slots=True)
class ProxyCall:
    """A call as it goes to Notion, without its bearer token. ``headers`` are filtered."""

    method: str
    headers: RawHeaders = field(repr=False)
    body: bytes = field(repr=False)
    query: bytes = b""


class UpstreamAnswer(Protocol):
    """An open answer. Its bytes come as the server sent them: still encoded, never joined."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> RawHeaders: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Raises UpstreamAborted when the stream breaks off."""
        ...

    def close(self) -> None:
        """Gives the connection back, or cuts it when the answer is not read to its end."""
        ...


class Upstream(Protocol):
    async def open(self, call: ProxyCall, access_token: Secret) -> UpstreamAnswer:
        """Returns with the answer's headers. Raises UpstreamUnreachable or UpstreamTimeout.

        Cancelling the caller cuts the connection.
        """
        ...
