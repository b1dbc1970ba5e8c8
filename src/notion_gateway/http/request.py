"""A request as the server reads it, before it is known who answers it."""

import time
from typing import Any, Final, final

import httptools

from notion_gateway.kernel.outbound.messages import RawHeaders

MAX_BODY_BYTES: Final = 64 * 1024
"""Larger ones are waited for in a coroutine, which counts them before they are held."""
_NOT_PLAIN: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
_DIGITS: Final = len(str(MAX_BODY_BYTES))


@final
class Request:
    """HTTP/1.1, on a connection that stays open. ``path`` is as it was sent. ``body`` is empty
    until the whole of it is here.

    ``head``: what ``headers`` are read from, if anybody asks, where they are not given.
    """

    __slots__ = (
        "_headers",
        "began",
        "body",
        "has_waited",
        "head",
        "key",
        "known",
        "method",
        "path",
        "query",
    )

    def __init__(
        self,
        method: bytes,
        path: bytes,
        query: bytes,
        headers: RawHeaders | None,
        head: bytes = b"",
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self._headers = headers
        self.head = head
        self.key: bytes | None = None
        """Of its head, where it came whole (``WholeRequest``)."""
        self.body = b""
        self.began = time.perf_counter()
        self.has_waited = False
        """Its body came later than its head."""
        self.known: Any = None
        """What the server found out with the head, for when the body is here."""

    @property
    def headers(self) -> RawHeaders:
        """Names in lower case."""
        if self._headers is None:
            self._headers = _headers_of(self.head)
        return self._headers


def is_plain(headers: RawHeaders) -> bool:
    """No header stands twice, and a body is of a known length, and not asked for."""
    named = dict(headers)
    return len(named) == len(headers) and named.keys().isdisjoint(_NOT_PLAIN)


def is_short(length: bytes) -> bool:
    """Of a body, as ``Content-Length`` says it."""
    return len(length) < _DIGITS or int(length) <= MAX_BODY_BYTES


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request's target."""
    if target.startswith(b"/") and b"#" not in target:
        path, _, query = target.partition(b"?")
        return path, query
    url = httptools.parse_url(target)
    return url.path, url.query or b""


def _headers_of(head: bytes) -> RawHeaders:
    found = _Headers()
    httptools.HttpRequestParser(found).feed_data(head)
    return found.headers


class _Headers:
    def __init__(self) -> None:
        self.headers: RawHeaders = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))
