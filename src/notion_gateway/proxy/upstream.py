"""What the proxy needs of whoever carries a call to Notion: bytes out, bytes back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from notion_gateway.kernel.errors import UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.secret import Secret

_ANSWERS = range(200, 600)
"""What can be passed on: nothing provisional, nothing that HTTP does not have."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class ProxyCall:
    """A call as it goes to Notion, without its bearer token. ``headers`` are filtered."""

    method: str
    headers: RawHeaders = field(repr=False)
    body: bytes = field(repr=False)
    query: bytes = b""


class UpstreamAnswer(Protocol):
    """An open answer; ``headers`` are those that go on to the caller. ``sent_at``: when its call
    was sent, by ``perf_counter``.
    """

    @property
    def status(self) -> int: ...
    @property
    def sent_at(self) -> float: ...
    @property
    def headers(self) -> RawHeaders: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as the server sent them, still encoded: whatever has come, at once. Raises
        UpstreamAborted when the answer breaks off.
        """
        ...

    def close(self) -> None:
        """Gives the connection back, or cuts it when the answer is not read to its end."""
        ...


class Upstream(Protocol):
    """Two implementations: ``http1`` and ``aiohttp_upstream``, held together by one suite."""

    async def open(self, call: ProxyCall, access_token: Secret) -> UpstreamAnswer:
        """Returns with the answer's headers; no redirect is followed. Raises UpstreamUnreachable,
        UpstreamTimeout or UpstreamUnsuitable. Cancelling the caller cuts the connection.
        """
        ...


def require_passable(answer: UpstreamAnswer) -> None:
    """Raises UpstreamUnsuitable, and closes the answer then."""
    fault = unpassable(answer.status)
    if fault is not None:
        answer.close()
        raise fault


def unreachable(why: BaseException) -> UpstreamUnreachable:
    name = type(why).__name__
    return UpstreamUnreachable(f"Notion could not be reached ({name}). Try again in a moment.")


def unpassable(status: int) -> UpstreamUnsuitable | None:
    """Why an answer with this status is not passed on."""
    if status in _REDIRECTS:
        # Following would carry the token elsewhere; passing it on would send the caller.
        return UpstreamUnsuitable("Notion answered with a redirect, which is not followed.")
    if status not in _ANSWERS:
        return UpstreamUnsuitable("Notion answered with a status that HTTP does not have.")
    return None
