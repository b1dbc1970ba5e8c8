"""uvicorn's HTTP protocol with limits on a request's head: how long it may take, how large it is.

Without them a client that sends a byte now and then holds a socket and memory for good.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import httptools
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from notion_gateway.http.stopping import tell_stopping

HEAD_SECONDS: Final = 10.0
"""From the connection, or a further request's first byte, to the end of the headers."""
HEAD_BYTES: Final = 64 * 1024
REST_SECONDS: Final = 5.0
"""For the rest of a request that was answered before it had arrived."""
_FRAMING_PER_BYTE: Final = 16
_OFFERED: Final = frozenset({b"upgrade", b"http2-settings"})


class LimitedHttpProtocol(HttpToolsProtocol):
    """A head that takes too long or grows too large is answered with 408 or 431, and cut.

    A request sent before the one before it was answered is not read, and the connection ends
    with the answer under way (RFC 9112 section 9.3.2 lets the client send it anew). uvicorn
    would stop reading until then, and so never see the client leave an open stream.

    Trailers are no headers (RFC 9110 section 6.5.1), and what frames a chunked body, trailers
    included, is limited too. An offer to speak another protocol is declined, not the request
    (section 7.8): uvicorn would take its body for the next request.

    As the server begins to stop, each answer under way is told.
    """

    _deadline: asyncio.TimerHandle | None = None
    _rest_deadline: asyncio.TimerHandle | None = None
    _head_bytes: int = 0
    _body_bytes: int = 0
    _framing_bytes: int = 0
    _ignores_input: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def on_message_begin(self) -> None:
        answering = not getattr(self.cycle, "response_complete", True)  # None before the first
        super().on_message_begin()
        if answering:
            self._ignores_input = True
            self.cycle.keep_alive = False
        elif self._deadline is None:  # a further request on a kept connection
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._ignores_input:
            return
        was_in_head, had_body = self._deadline is not None, self._body_bytes
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if not was_in_head:
            came = self._body_bytes - had_body
            self._framing_bytes += max(0, len(data) - (1 + _FRAMING_PER_BYTE) * came)
            if self._framing_bytes > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._deadline is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._deadline is not None:  # else a trailer
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._ignores_input or self.parser.should_upgrade():
            return
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts != 1 and self.parser.get_http_version() == "1.1":
            raise ValueError("Host is missing or doubled")  # RFC 9112 section 3.2
        self._head_is_over()
        self._framing_bytes = 0
        if self.parser.get_http_version() == "1.0":
            self._app = self.app
            self.app = self._without_chunks  # type: ignore[assignment] - of this request alone
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if not self._ignores_input:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._ignores_input or self.parser.should_upgrade():
            return
        self._rest_is_here()
        self._framing_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.more_body and not self.transport.is_closing():
            self._rest_deadline = self.loop.call_later(REST_SECONDS, self.transport.close)

    def shutdown(self) -> None:
        super().shutdown()
        if not getattr(self.cycle, "response_complete", True):
            scope: Any = self.cycle.scope  # as the application was given it
            tell_stopping(scope)

    async def _without_chunks(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP/1.0 has no chunks (RFC 9112 section 6.1): without a length, an answer ends with
        its connection, which uvicorn closes after a request of 1.0 in any case.
        """
        cycle, unframed = self.cycle, False

        async def sent(message: Message) -> None:
            nonlocal unframed
            if message["type"] == "http.response.start":
                unframed = all(name.lower() != b"content-length" for name, _ in message["headers"])
                if unframed:
                    cycle.chunked_encoding = False
            elif unframed:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, sent)

    def send_400_response(self, msg: str) -> None:
        if not self._ignores_input:  # they would stand in the middle of another answer
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_over()
        self._rest_is_here()
        super().connection_lost(exc)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if not self._ignores_input:
                self._decline(data[offer.args[0] :])

    def _decline(self, rest: bytes) -> None:
        """Reads the request anew as one that offers nothing: llhttp cannot be told to."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.send_400_response("Invalid HTTP request received.")
            return
        lines = [method + b" " + self.url + b" HTTP/1.1"]
        for name, value in self.headers:
            kept = value
            if name == b"connection":
                tokens = (token.strip() for token in value.split(b","))
                kept = b", ".join(token for token in tokens if token.lower() not in _OFFERED)
            if name not in _OFFERED:
                lines.append(name + b": " + kept)
        self.parser = httptools.HttpRequestParser(self)
        self._feed(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(
            HEAD_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT
        )

    def _head_is_over(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _rest_is_here(self) -> None:
        if self._rest_deadline is not None:
            self._rest_deadline.cancel()
            self._rest_deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._head_is_over()
        if self.transport.is_closing():
            return
        # While another answer is under way, they would stand in its middle.
        if getattr(self.cycle, "response_complete", True):
            line = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\n"
            self.transport.write(f"{line}content-length: 0\r\n\r\n".encode())
        self.transport.close()
