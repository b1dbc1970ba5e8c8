"""How requests are read: uvicorn's HTTP protocol with limits, and with a guard against what would
be read as another request than its sender meant.
"""

import asyncio
import contextlib
import os
from http import HTTPStatus
from typing import Final

import httptools

from notion_gateway.http.asgi_call import head_without_offer
from notion_gateway.http.connection_end import EndingProtocol
from notion_gateway.http.connection_limit import ConnectionLimit
from notion_gateway.http.request import Request, split_target
from notion_gateway.http.request_limits import TOO_MANY
from notion_gateway.http.request_log import BEGAN
from notion_gateway.http.stopping import STATE, Stopping
from notion_gateway.http.whole_request import WholeRequest, whole_request

_READ_AT_ONCE: Final = 64 * 1024


class LimitedHttpProtocol(EndingProtocol):
    """A head that takes too long or grows too large is answered with 408 or 431, and cut.

    A request sent before the one before it was answered is not read, and the connection ends
    with the answer under way (RFC 9112 section 9.3.2 lets the client send it anew). uvicorn
    would stop reading until then, and so never see the client leave an open stream.

    Trailers are no headers (RFC 9110 section 6.5.1), and what frames a chunked body, trailers
    included, is limited too. An offer to speak another protocol is declined, not the request
    (section 7.8): uvicorn would take its body for the next request.

    A connection beyond the process's ``ConnectionLimit`` is answered with 503 and ended.
    """

    _whole: WholeRequest | None = None
    """What is being read, if it looks like one request and nothing else."""
    _ignores_input: bool = False
    _is_too_many: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        stopping: Stopping | None = self.app_state.get(STATE)
        if stopping is not None and stopping.ends_connections:
            self.end_with_answer()
        limit: ConnectionLimit | None = getattr(self.config, "connection_limit", None)
        if limit is not None and not limit.takes(len(self.connections)):
            self._turn_away(at_once=len(self.connections) > limit.most_told)
        else:
            self._limits.expect_head(self._refuse)

    def _turn_away(self, *, at_once: bool) -> None:
        """Once its request is here: closed before, it might be reset, and the answer lost."""
        self._is_too_many, self._direct = True, None
        if not at_once:
            self._limits.expect_head_of_one_too_many(self._refuse)
            return
        with contextlib.suppress(OSError):  # what has come already is read, for the same reason
            os.read(self.transport.get_extra_info("socket").fileno(), _READ_AT_ONCE)
        self._refuse(TOO_MANY)

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._in_message = True
        if not self._is_answering():
            self._limits.head_begins()
            return
        self._ignores_input = True
        self._end_with_this_answer()

    def data_received(self, data: bytes) -> None:
        if self._ignores_input:
            return
        if self._direct is not None and not self._in_message and not self._is_answering():
            self._whole = whole_request(data)
            if self._whole is not None and (known := self._direct.recalled(self._whole)):
                self._limits.head_is_over()
                self.expect_100_continue = False
                self._serve(known)
                return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        limits = self._limits
        limits.read_begins(len(data))
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        finally:
            self._whole = None
        if limits.is_read_too_much():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if limits.in_head and not limits.waits_for_head and not self._ignores_input:
            # A further request on a kept connection, of which a part is here.
            limits.expect_head(self._refuse)
        if self._request is not None and not limits.waits_for_body:
            self._request.has_waited = True
            limits.expect_body(self._body_is_late)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._limits.in_head:  # else a trailer
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_too_many:
            self._refuse(TOO_MANY)
            self._ignores_input = True
        if self._ignores_input or self.parser.should_upgrade():
            return
        hosts = [name for name, _ in self.headers].count(b"host")
        version = self.parser.get_http_version()
        if hosts != 1 and version == "1.1":
            raise ValueError("Host is missing or doubled")  # RFC 9112 section 3.2
        if self._limits.is_head_too_large(self.url, self.headers):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            self._ignores_input = True
            return
        self._limits.head_is_over()
        self._limits.framing_begins()
        path, query = split_target(self.url)
        request = Request(self.parser.get_method(), path, query, self.headers)
        if self._whole is not None and self._whole.agrees_with(self.headers):
            request.key = self._whole.key
        if (
            self._direct is not None
            and version == "1.1"
            and not self.expect_100_continue
            and self.parser.should_keep_alive()
            and self._direct.accepts(request)
        ):
            self._request = request
            return
        self._call_app(request, version, keep_alive=self.parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        self._limits.body_came(len(body))
        if self._request is not None:
            self._request.body += body
        elif not self._ignores_input:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._ignores_input or self.parser.should_upgrade():
            return
        self._in_message = False
        self._limits.rest_is_here()
        self._limits.framing_begins()
        request, self._request = self._request, None
        if request is not None:
            self._serve(request)
        else:
            super().on_message_complete()

    def _body_is_late(self) -> None:
        self._limits.body_is_late()
        request, self._request = self._request, None
        if request is not None and not self.transport.is_closing():
            began = {BEGAN: request.began}
            self._call_app(request, "1.1", keep_alive=True, additions=began)
            super().on_body(request.body)

    def send_400_response(self, msg: str) -> None:
        if not self._ignores_input:  # they would stand in the middle of another answer
            super().send_400_response(msg)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._limits.head_is_over()
        self._limits.rest_is_here()
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
        head = head_without_offer(method, self.url, self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self._feed(head + rest)

    def _refuse(self, status: HTTPStatus) -> None:
        self._limits.head_is_over()
        if self.transport.is_closing():
            return
        # While another answer is under way, they would stand in its middle.
        if not self._is_answering():
            line = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\n"
            if status is TOO_MANY:
                line += "retry-after: 1\r\n"
            self.transport.write(f"{line}content-length: 0\r\n\r\n".encode())
        self.close()
