"""uvicorn's HTTP protocol with limits on a request's head: how long it may take, how large it is.

Without them a client that sends a byte now and then holds a socket and memory for good.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
"""From the connection, or a further request's first byte, to the end of the headers."""
HEAD_BYTES: Final = 64 * 1024


class LimitedHttpProtocol(HttpToolsProtocol):
    """A head that takes too long or grows too large is answered with 408 or 431, and cut.

    A request sent before the one before it was answered is not read, and the connection ends
    with the answer under way (RFC 9112 section 9.3.2 lets the client send it anew). uvicorn
    would stop reading until then, and so never see the client leave an open stream.
    """

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes: int = 0
    _is_deaf: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def on_message_begin(self) -> None:
        answering = not getattr(self.cycle, "response_complete", True)  # None before the first
        super().on_message_begin()
        if answering:
            self._is_deaf = True
            self.cycle.keep_alive = False
        elif self._deadline is None:  # a further request on a kept connection
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        was_in_head = self._deadline is not None
        super().data_received(data)
        if was_in_head and self._deadline is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        if not self._is_deaf:
            self._head_is_over()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_deaf:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if not self._is_deaf:  # the words would land in the middle of another answer
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_over()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(
            HEAD_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT
        )

    def _head_is_over(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._head_is_over()
        if self.transport.is_closing():
            return
        # While another answer is under way, the words would land in its middle.
        if getattr(self.cycle, "response_complete", True):
            line = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\n"
            self.transport.write(f"{line}content-length: 0\r\n\r\n".encode())
        self.transport.close()
