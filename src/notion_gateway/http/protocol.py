"""uvicorn's HTTP protocol with limits on a request's head: how long it may take, how large it is.

Without them a client that sends a byte now and then holds a socket and memory for good.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import httptools
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from notion_gateway.http.asgi_call import asgi_cycle, head_without_offer
from notion_gateway.http.connection_limit import ConnectionLimit
from notion_gateway.http.direct import (
    APP_STATE,
    AnswerWriter,
    DirectServer,
    Served,
)
from notion_gateway.http.request import Request, split_target
from notion_gateway.http.request_log import BEGAN
from notion_gateway.http.stopping import STATE, Stopping, ends_when_told, tell_stopping
from notion_gateway.http.whole_request import WholeRequest, whole_request

HEAD_SECONDS: Final = 10.0
"""From the connection, or a further request's first byte, to the end of the headers."""
HEAD_BYTES: Final = 64 * 1024
REST_SECONDS: Final = 5.0
"""For the rest of a request that was answered before it had arrived."""
TOO_MANY_SECONDS: Final = 1.0
"""For the head of a request on a connection that is one too many."""
REST_OF_BODY_SECONDS: Final = 0.02
"""A short body that comes later than that after its head is waited for in a coroutine."""
_FRAMING_PER_BYTE: Final = 16
_TOO_MANY: Final = HTTPStatus.SERVICE_UNAVAILABLE


class LimitedHttpProtocol(HttpToolsProtocol):
    """A head that takes too long or grows too large is answered with 408 or 431, and cut.

    A request sent before the one before it was answered is not read, and the connection ends
    with the answer under way (RFC 9112 section 9.3.2 lets the client send it anew). uvicorn
    would stop reading until then, and so never see the client leave an open stream.

    Trailers are no headers (RFC 9110 section 6.5.1), and what frames a chunked body, trailers
    included, is limited too. An offer to speak another protocol is declined, not the request
    (section 7.8): uvicorn would take its body for the next request.

    As the server stops, each connection ends with an answer that says so; ``draining.py`` says
    when which.

    A connection beyond the process's ``ConnectionLimit`` is answered with 503 and ended.

    What the application's ``DirectServer`` takes is answered in callbacks; everything else
    becomes an ASGI call, as uvicorn makes it.
    """

    _deadline: asyncio.TimerHandle | None = None
    _rest_deadline: asyncio.TimerHandle | None = None
    _body_deadline: asyncio.TimerHandle | None = None
    _in_message: bool = False
    """The parser has begun with a request, and has not come to its end."""
    _in_head: bool = True
    _head_bytes: int = 0
    _read_bytes: int = 0
    """Of the last read."""
    _whole: WholeRequest | None = None
    """What is being read, if it looks like one request and nothing else."""
    _body_bytes: int = 0
    _framing_bytes: int = 0
    _ignores_input: bool = False
    _idle_since: float = 0.0
    _is_last: bool = False
    """The connection ends with the first answer whose head is not on its way yet."""
    _request: Request | None = None
    """Its head was recognised; its body is on its way."""
    _served: Served | None = None
    _served_request: Request | None = None
    _is_too_many: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._application = cast("Any", self.app)
        self._direct: DirectServer | None = self.app_state.get(APP_STATE)
        self._writer = AnswerWriter(transport, self._answered, self._hand_over)
        self._idle_since = self.loop.time()
        stopping: Stopping | None = self.app_state.get(STATE)
        if stopping is not None and stopping.ends_connections:
            self.end_with_answer()
        limit: ConnectionLimit | None = getattr(self.config, "connection_limit", None)
        if limit is not None and not limit.takes(len(self.connections)):
            self._turn_away(at_once=len(self.connections) > limit.most_told)
        else:
            self._expect_head()

    def _turn_away(self, *, at_once: bool) -> None:
        """Once its request is here: closed before, it might be reset, and the answer lost."""
        self._is_too_many, self._direct = True, None
        if not at_once:
            self._deadline = self.loop.call_later(TOO_MANY_SECONDS, self._refuse, _TOO_MANY)
            return
        with contextlib.suppress(OSError):  # what has come already is read, for the same reason
            os.read(self.transport.get_extra_info("socket").fileno(), HEAD_BYTES)
        self._refuse(_TOO_MANY)

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._in_message = True
        if not self._is_answering():
            self._in_head = True
            self._head_bytes = 0
            return
        self._ignores_input = True
        if self._served is not None:
            self._writer.closes = True
        else:
            self.cycle.keep_alive = False

    def data_received(self, data: bytes) -> None:
        if self._ignores_input:
            return
        if self._direct is not None and not self._in_message and not self._is_answering():
            self._whole = whole_request(data)
            if self._whole is not None and (known := self._direct.recalled(self._whole)):
                self._head_is_over()
                self.expect_100_continue = False
                self._serve(known)
                return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        was_in_head, had_body = self._in_head, self._body_bytes
        self._read_bytes = len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        finally:
            self._whole = None
        if not was_in_head:
            came = self._body_bytes - had_body
            self._framing_bytes += max(0, len(data) - (1 + _FRAMING_PER_BYTE) * came)
            if self._framing_bytes > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._in_head and self._deadline is None and not self._ignores_input:
            self._expect_head()  # a further request on a kept connection, of which a part is here
        if self._request is not None and self._body_deadline is None:
            self._request.has_waited = True
            self._body_deadline = self.loop.call_later(REST_OF_BODY_SECONDS, self._body_is_late)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # else a trailer
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_too_many:
            self._refuse(_TOO_MANY)
            self._ignores_input = True
        if self._ignores_input or self.parser.should_upgrade():
            return
        hosts = [name for name, _ in self.headers].count(b"host")
        version = self.parser.get_http_version()
        if hosts != 1 and version == "1.1":
            raise ValueError("Host is missing or doubled")  # RFC 9112 section 3.2
        if self._head_bytes + self._read_bytes > HEAD_BYTES and self._head_size() > HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            self._ignores_input = True
            return
        self._head_is_over()
        self._framing_bytes = 0
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
        self._body_bytes += len(body)
        if self._request is not None:
            self._request.body += body
        elif not self._ignores_input:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._ignores_input or self.parser.should_upgrade():
            return
        self._in_message = False
        self._rest_is_here()
        self._framing_bytes = 0
        if self._request is not None:
            self._serve(self._request)
        else:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """In full, because uvicorn's would start a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._served is None and self.cycle.more_body:
            self._rest_deadline = self.loop.call_later(REST_SECONDS, self.transport.close)
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """One timer for all of a connection's pauses: it looks how long the last one has lasted."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing() or self._is_answering() or self._is_receiving():
            return  # it begins again with the next answer
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """All at once, for a server that waits for nothing but answers under way."""
        self.end_with_answer()
        if self._request is not None:
            return  # its body is on its way, and its answer ends the connection
        if not self._is_answering():
            self.transport.close()
            return
        if self._served is not None:
            self._writer.closes = True
        else:
            self.cycle.keep_alive = False
        if self.only_listens or self._served is None:
            self.end_listening()

    def end_with_answer(self) -> None:
        """With the first one whose head says so: a client may have sent its next request as soon
        as it had one that does not.
        """
        self._is_last = self._writer.is_last = True
        if self._served is not None:
            self._writer.closes |= not self._writer.started
        elif self._is_answering() and not self.cycle.response_started:
            self.cycle.keep_alive = False

    @property
    def only_listens(self) -> bool:
        """The answer under way is a stream that would not end by itself."""
        if self._served is not None:
            return self._served.only_listens
        return self._is_answering() and ends_when_told(cast("Any", self.cycle.scope))

    def end_listening(self) -> None:
        if self._served is not None:
            self._served.server_stops()
        else:
            scope: Any = self.cycle.scope  # as the application was given it
            tell_stopping(scope)

    def close_if_quiet(self, seconds: float) -> None:
        """Nothing is under way, and nothing has come for so long."""
        is_busy = self._in_message or self._is_answering()
        if not is_busy and self.loop.time() - self._idle_since >= seconds:
            self.transport.close()

    def give_up(self) -> None:
        """The server waits no longer: a call without an answer gets an error in its place. Of
        what the application answers, the server cancels the task.
        """
        if self._served is not None:
            self._served.server_stops()
        elif not self._is_answering():
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._served is not None:
            self._served.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._served is not None:
            self._served.resume()

    def _head_size(self) -> int:
        """Without what is between names and values, of a head that came with much else."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _is_answering(self) -> bool:
        return self._served is not None or not getattr(self.cycle, "response_complete", True)

    def _is_receiving(self) -> bool:
        return self._deadline is not None or self._request is not None

    def _serve(self, request: Request) -> None:
        """In callbacks, else by the application: its body is here."""
        self._request = None
        self._served_request = request
        self._writer.expect_another()
        # Who has not taken the last answer yet is waited for in a coroutine.
        if self._direct is not None and not self.flow.write_paused:
            self._served = self._direct.serve(request, self._writer)
        if self._served is None:
            self._hand_over({BEGAN: request.began})

    def _hand_over(self, additions: Mapping[str, Any]) -> None:
        request, self._served_request, self._served = self._served_request, None, None
        assert request is not None  # noqa: S101 - one is handed over once
        self._call_app(request, "1.1", keep_alive=not self._writer.closes, additions=additions)
        super().on_body(request.body)
        super().on_message_complete()

    def _answered(self) -> None:
        self.on_response_complete()
        self._served_request = self._served = None
        if self._writer.closes:
            self.transport.close()

    def _body_is_late(self) -> None:
        self._body_deadline = None
        request, self._request = self._request, None
        if request is not None and not self.transport.is_closing():
            began = {BEGAN: request.began}
            self._call_app(request, "1.1", keep_alive=True, additions=began)
            super().on_body(request.body)

    def _call_app(
        self,
        request: Request,
        version: str,
        *,
        keep_alive: bool,
        additions: Mapping[str, Any] | None = None,
    ) -> None:
        self.cycle = asgi_cycle(
            self,
            request,
            version,
            keep_alive=keep_alive and not self._is_last,
            additions=additions or {},
        )
        self._start_asgi_task(
            self.cycle, cast("Any", self._without_chunks) if version == "1.0" else self._application
        )

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

        await self._application(scope, receive, sent)

    def send_400_response(self, msg: str) -> None:
        if not self._ignores_input:  # they would stand in the middle of another answer
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_over()
        self._rest_is_here()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        served, self._served = self._served, None
        if served is not None:
            served.caller_left()
        self._request = self._served_request = None
        self._writer.forget()
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

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(
            HEAD_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT
        )

    def _head_is_over(self) -> None:
        self._in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _rest_is_here(self) -> None:
        if self._body_deadline is not None:
            self._body_deadline.cancel()
            self._body_deadline = None
        if self._rest_deadline is not None:
            self._rest_deadline.cancel()
            self._rest_deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._head_is_over()
        if self.transport.is_closing():
            return
        # While another answer is under way, they would stand in its middle.
        if not self._is_answering():
            line = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\n"
            if status is _TOO_MANY:
                line += "retry-after: 1\r\n"
            self.transport.write(f"{line}content-length: 0\r\n\r\n".encode())
        self.transport.close()
