"""Requests that are answered in callbacks, from one socket to the other: without a task.

A feature that can answer from memory what most requests ask gives the server a
``DirectServer``. Whatever that one does not take becomes an ASGI call, as everything else.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol, final

from notion_gateway.http.closing import LEFT_SECONDS, close_within
from notion_gateway.http.request import Request
from notion_gateway.http.whole_request import WholeRequest

APP_STATE: Final = "direct_server"
"""Where the application's state holds the one that it has."""
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class HeaderUnfit(ValueError):
    """A header of an answer would end its line too early."""


class Served(Protocol):
    """A request under way, as its caller's connection tells of itself."""

    def caller_left(self) -> None: ...
    def pause(self) -> None:
        """The caller takes what is there more slowly than it comes."""
        ...

    def resume(self) -> None: ...
    def server_stops(self) -> None:
        """It ends now: the server stops, and waits for this one no longer."""
        ...

    @property
    def only_listens(self) -> bool:
        """Its answer is a stream that would not end by itself."""
        ...


class DirectServer(Protocol):
    def accepts(self, request: Request) -> bool:
        """By its head. Nothing is counted, and nobody is asked: no I/O."""
        ...

    def recalled(self, whole: WholeRequest) -> Request | None:
        """One that ``accepts`` would take once more, because it took the same head before, with
        ``key`` in it. None where that is not known.
        """
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
    connection ends with the one under way; ``is_last``: with whichever is next.

    ``ended`` is called with its last byte. ``hand_over`` makes an ASGI call of the request after
    all, with additions to its scope; only before ``start``.
    """

    __slots__ = ("_ended", "_is_chunked", "_transport", "closes", "hand_over", "is_last", "started")

    def __init__(
        self, transport: asyncio.Transport, ended: Callable[[], None], hand_over: HandOver
    ) -> None:
        self._transport = transport
        self._ended = ended
        self._is_chunked = False
        self.hand_over = hand_over
        self.is_last = False
        self.closes = False
        self.started = False

    def forget(self) -> None:
        """The connection has ended: whose it was is not held any longer."""
        self._ended = _nothing
        self.hand_over = _nothing

    def expect_another(self) -> None:
        """The last answer has ended."""
        self.closes = self.is_last
        self.started = False

    def start(
        self,
        status: int,
        headers: Sequence[bytes],
        part: bytes,
        *,
        has_length: bool,
        is_whole: bool,
        more_lines: int = 0,
    ) -> None:
        """Status, headers and what there is of the body, in one write. Raises HeaderUnfit, and
        then nothing was written.

        ``headers``: lines without their ends; ``more_lines``: how many more they are than there are
        members, where one holds several. ``has_length``: one of them is Content-Length.
        """
        lines, is_chunked = [STATUS_LINES[status], *headers], not has_length
        if status in _WITHOUT_BODY:
            is_chunked = False
        if self.closes:
            lines.append(b"connection: close")
        if is_chunked:
            lines.append(b"transfer-encoding: chunked")
        lines += (b"", b"")
        head = b"\r\n".join(lines)
        if not head.count(b"\n") == head.count(b"\r") == len(lines) - 1 + more_lines:
            raise HeaderUnfit
        self.started = True
        self._is_chunked = is_chunked
        framed = self._framed(part, is_whole=is_whole) if is_chunked else part
        self._transport.write(head + framed)
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

    def cut(self, within_seconds: float = LEFT_SECONDS) -> None:
        """The answer is not whole, and a clean end would be a lie. What was written has so long to
        be taken.
        """
        close_within(self._transport, within_seconds)

    def _framed(self, part: bytes, *, is_whole: bool) -> bytes:
        if not self._is_chunked:
            return part
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
        return chunk + b"0\r\n\r\n" if is_whole else chunk


def _nothing(*_: object) -> None:
    pass


def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}".encode()


STATUS_LINES: Final = {status: _status_line(status) for status in range(100, 600)}
