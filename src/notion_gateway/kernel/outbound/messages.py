"""HTTP as plain values, so that requests can be built and answers judged without a socket."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

RawHeaders = list[tuple[bytes, bytes]]
"""Names in lower case, as ASGI has them."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """``body`` and ``headers`` may hold secrets, so they are kept out of the repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """``headers`` by lower-case name. ``body`` is decoded, at most one mebibyte."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)


GAVE_UP_WAITING = frozenset({408, 502, 504, *range(520, 528)})
"""What stands before a server answers so when that one is too slow for it, or lost on the way
(RFC 9110 sections 15.5.9, 15.6.3, 15.6.5; 520 to 527 are Cloudflare's).
"""

BeforeBody = Callable[[], Awaitable[bool]]
"""Asked when the connection stands, just before the body goes out: connecting takes time, and
what held when a request was made need not hold any more. Where it says no, no byte of the body
is sent."""


class HttpTransport(Protocol):
    """One bounded request: no redirects, no addresses that are not allowed.

    A Protocol so that what asks and judges does no I/O of its own.
    """

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Raises UpstreamUnreachable, UpstreamTimeout or UpstreamUnsuitable; the request may
        have been acted on all the same.
        """
        ...


class AnswerLost(Exception):
    """The request left, and nobody knows whether it was, or will yet be, acted on."""


class UnrepeatableTransport(Protocol):
    """For a request that must not be sent twice, after ``proof``, a harmless one to the same
    origin, was answered.

    A Protocol so that what asks and judges does no I/O of its own.
    """

    async def send(
        self, request: HttpRequest, *, proof: HttpRequest, before_body: BeforeBody
    ) -> HttpAnswer:
        """Raises UpstreamUnreachable, UpstreamTimeout or UpstreamUnsuitable where it is certain
        that nobody is working on it, and AnswerLost where it is not.
        """
        ...


def origin_of(url: str) -> str:
    """``scheme://host:port`` with the default port spelled out (RFC 6454 section 4).

    Raises ValueError where there is none, or where the authority holds user information.
    """
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    if not parts.hostname or port is None or "@" in parts.netloc:
        raise ValueError("not an http or https address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"
