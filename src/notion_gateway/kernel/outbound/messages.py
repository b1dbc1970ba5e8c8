"""HTTP as plain values, so that requests can be built and answers judged without a socket."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """``body`` may hold secrets, so it is kept out of the repr.

    ``may_leave`` is asked when the connection stands, just before the body goes out: connecting
    takes time, and what held when a request was made need not hold any more. Where it says no,
    no byte of the body is sent.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    may_leave: Callable[[], Awaitable[bool]] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """``headers`` by lower-case name. ``body`` is decoded, at most one mebibyte."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)


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
