"""Requests that are answered in callbacks, from one socket to the other: without a task.

A feature that can answer from memory what most requests ask gives the server a
``DirectServer``. Whatever that one does not take becomes an ASGI call, as everything else.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol, final

import httptools

from notion_gateway.kernel.outbound.messages import RawHeaders

APP_STATE: Final = "direct_server"
"""Where the application's state holds the one that it has."""
MAX_BODY_BYTES: Final = 64 * 1024
"""Larger ones are waited for in a coroutine, which counts them before they are held."""
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


_NOT_PLAIN: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
_DIGITS: Final = len(str(MAX_BODY_BYTES))


class HeaderUnfit(ValueError):
    """A header of an answer would end its line too early."""


@final
class Request:
    """HTTP/1.1, on a connection that stays open. ``path`` is as it was sent; ``headers`` have
    names in lower case. ``body`` is empty until the whole of it is here.
    """

    __slots__ = (
        "began",
        "body",
        "has_waited",
        "headers",
        "known",
        "method",
        "path",
        "query",
    )

    def __init__(self, method: bytes, path: bytes, query: bytes, headers: RawHeaders) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = b""
        self.began = time.perf_counter()
        self.has_waited = False
        """Its body came later than its head."""
        self.known: Any = None
        """What the server found out with the head, for when the body is here."""


class Served(Protocol):
    """A request under way, as its caller's connection tells of itself."""

    def caller_left(self) -> None: ...
    def pause(self) -> None:
        """The caller takes what is there more slowly than it comes."""
        ...

    def resume(self) -> None: ...
    def server_stops(self, within_seconds: float) -> None:
        """The server waits for so long for answers to end."""
        ...


class DirectServer(Protocol):
    def accepts(self, request: Request) -> bool:
        """By its head. Nothing is counted, and nobody is asked: no I/O."""
        ...

    def serve(self, request: Request, writer: "AnswerWriter") -> Served | None:
        """Once the body is here. None where it takes a coroutine after all; nothing was counted
        and nothing sent then.
        """
        ...


HandOver = Callable[[Mapping[str, Any]], None]


@final
class AnswerWriter:
    """Writes the answers to one connection's requests, one after the other. ``closes``: the
    connection ends with the one under way.

    ``ended`` is called with its last byte. ``hand_over`` makes an ASGI call of the request after
    all, with additions to its scope; only before ``start``.
    """

    __slots__ = ("_ended", "_is_chunked", "_transport", "closes", "hand_over", "started")

    def __init__(
        self, transport: asyncio.Transport, ended: Callable[[], None], hand_over: HandOver
    ) -> None:
        self._transport = transport
        self._ended = ended
        self._is_chunked = False
        self.hand_over = hand_over
        self.closes = False
        self.started = False

    def forget(self) -> None:
        """The connection has ended: whose it was is not held any longer."""
        self._ended = _nothing
        self.hand_over = _nothing

    def expect_another(self) -> None:
        """The last answer has ended."""
        self.closes = self.started = False

    def start(self, status: int, headers: RawHeaders, part: bytes, *, is_whole: bool) -> None:
        """Status, headers and what there is of the body, in one write. Raises HeaderUnfit, and
        then nothing was written.
        """
        content = [STATUS_LINES[status]]
        lines, is_chunked = len(headers) + 2, status not in _WITHOUT_BODY
        for name, value in headers:
            content += (name, b": ", value, b"\r\n")
            if name == b"content-length":
                is_chunked = False
        if self.closes:
            content.append(b"connection: close\r\n")
            lines += 1
        if is_chunked:
            content.append(b"transfer-encoding: chunked\r\n")
            lines += 1
        content.append(b"\r\n")
        head = b"".join(content)
        if not head.count(b"\n") == head.count(b"\r") == lines:
            raise HeaderUnfit
        self.started = True
        self._is_chunked = is_chunked
        self._transport.write(head + self._framed(part, is_whole=is_whole))
        if is_whole:
            self._ended()

    def go_on(self, part: bytes, *, is_whole: bool) -> None:
        framed = self._framed(part, is_whole=is_whole)
        if framed:
            self._transport.write(framed)
        if is_whole:
            self._ended()

    def end(self) -> None:
        """As if the body had ended by itself."""
        self.go_on(b"", is_whole=True)

    @property
    def has_length(self) -> bool:
        """It said in advance how long its body is."""
        return self.started and not self._is_chunked

    def cut(self) -> None:
        """The answer is not whole, and a clean end would be a lie."""
        self._transport.close()

    def _framed(self, part: bytes, *, is_whole: bool) -> bytes:
        if not self._is_chunked:
            return part
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
        return chunk + b"0\r\n\r\n" if is_whole else chunk


def _nothing(*_: object) -> None:
    pass


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


def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


STATUS_LINES: Final = {status: _status_line(status) for status in range(100, 600)}
