"""What the gateway's HTTP protocol leans on inside uvicorn and httptools. Where one of these
fails, they have changed: read http/answering.py, http/connection_end.py and http/protocol.py
against them before a bound in pyproject.toml is raised.
"""

# Private parts are what this is about.
# pyright: reportPrivateUsage=false

import asyncio
import inspect
from typing import Any

import httptools
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.http.server import _Server as GatewayServer
from tests.support.serving import LoopServer
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


class Socket(asyncio.Transport):
    """Where a protocol's answers go."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self._is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self._is_closed = True

    def is_closing(self) -> bool:
        return self._is_closed

    def pause_reading(self) -> None:
        """There is nothing to hold back."""

    def resume_reading(self) -> None:
        """There is nothing to hold back."""


class App:
    """Answers once the body is whole, and lets a test look at what it was given."""

    def __init__(self) -> None:
        self.receives: list[Receive] = []

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        self.receives.append(receive)
        while (await receive()).get("more_body", False):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def connected(app: App | None = None) -> tuple[HttpToolsProtocol, Socket]:
    """The protocol of uvicorn itself, without the gateway's limits, on a new connection."""
    config = uvicorn.Config(app or App(), lifespan="off", log_config=None)
    protocol = HttpToolsProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    socket = Socket()
    protocol.connection_made(socket)
    return protocol, socket


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("connection_made", ["transport"]),
        ("connection_lost", ["exc"]),
        ("data_received", ["data"]),
        ("on_message_begin", []),
        ("on_header", ["name", "value"]),
        ("on_headers_complete", []),
        ("on_body", ["body"]),
        ("on_message_complete", []),
        ("on_response_complete", []),
        ("send_400_response", ["msg"]),
        ("shutdown", []),
    ],
)
def test_a_method_that_the_gateway_extends_is_there_in_this_form(
    method: str, parameters: list[str]
) -> None:
    own = set(LimitedHttpProtocol.__mro__) - set(HttpToolsProtocol.__mro__)
    assert any(method in vars(one) for one in own)
    assert method in vars(HttpToolsProtocol)
    for kind in (HttpToolsProtocol, LimitedHttpProtocol):
        assert list(inspect.signature(getattr(kind, method)).parameters) == ["self", *parameters]


def test_receiving_data_does_what_the_gateway_does_in_its_place() -> None:
    """It is the one method that is replaced and not extended."""
    assert HttpToolsProtocol.data_received.__code__.co_names == (
        "_unset_keepalive_if_required",
        "parser",
        "feed_data",
        "httptools",
        "HttpParserError",
        "logger",
        "warning",
        "send_400_response",
        "HttpParserUpgrade",
        "_should_upgrade",
        "handle_websocket_upgrade",
        "_unsupported_upgrade_warning",
    )


async def test_a_request_and_its_answer_leave_these_marks_on_the_protocol() -> None:
    protocol, socket = connected()
    assert protocol.cycle is None
    assert isinstance(protocol.parser, httptools.HttpRequestParser)
    assert (protocol.transport, protocol.loop) == (socket, asyncio.get_running_loop())

    protocol.data_received(b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
    assert (protocol.url, protocol.headers) == (
        b"/a?b",
        [(b"host", b"a"), (b"content-length", b"2")],
    )
    cycle = protocol.cycle
    assert (cycle.more_body, cycle.response_complete, cycle.keep_alive) == (True, False, True)
    assert not cycle.response_started
    assert cycle.on_response == protocol.on_response_complete

    protocol.data_received(b"{}")
    assert not cycle.more_body
    await until(lambda: cycle.response_complete)
    assert socket.written.startswith(b"HTTP/1.1 204")
    assert protocol.timeout_keep_alive_task is not None
    protocol._unset_keepalive_if_required()
    assert protocol.timeout_keep_alive_task is None


async def test_an_answer_before_the_end_of_the_request_is_told_with_the_rest_still_missing() -> (
    None
):
    seen: list[bool] = []

    class Told(HttpToolsProtocol):
        def on_response_complete(self) -> None:
            super().on_response_complete()
            seen.append(self.cycle.more_body)
            self._unset_keepalive_if_required()

    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(hasty, lifespan="off", log_config=None)
    protocol = Told(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.connection_made(Socket())
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
    await until(lambda: bool(seen))

    assert seen == [True]


async def test_keep_alive_false_ends_the_connection_with_the_answer() -> None:
    protocol, socket = connected()
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    protocol.cycle.keep_alive = False
    await until(socket.is_closing)

    assert b"connection: close" in socket.written


async def test_a_cycle_that_is_told_so_writes_a_body_without_frames() -> None:
    async def unframed(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece, more in ((b"a", True), (b"", True), (b"b", False)):
            protocol.cycle.expected_content_length = len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    protocol, socket = connected()
    protocol.app = unframed  # type: ignore[assignment] - what is asked for each request
    protocol.data_received(b"GET / HTTP/1.0\r\n\r\n")
    protocol.cycle.chunked_encoding = False
    await until(socket.is_closing)

    assert protocol.scope["http_version"] == "1.0"
    assert socket.written.endswith(b"connection: close\r\n\r\nab")


async def test_a_400_is_written_and_the_connection_closed() -> None:
    protocol, socket = connected()
    protocol.send_400_response("No.")

    assert socket.written.startswith(b"HTTP/1.1 400")
    assert socket.written.endswith(b"No.")
    assert socket.is_closing()


async def test_what_an_application_receives_from_leads_to_the_socket() -> None:
    """The simulated Notion cuts connections by it, and so do these tests."""
    app = App()
    protocol, socket = connected(app)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await until(lambda: bool(socket.written))
    protocol._unset_keepalive_if_required()

    (receive,) = app.receives
    cycle: Any = getattr(receive, "__self__")  # noqa: B009 - untyped
    assert isinstance(cycle, RequestResponseCycle)
    assert cycle.transport is socket


def test_the_servers_parts_that_the_tests_replace_are_there() -> None:
    for name in ("main_loop", "shutdown", "capture_signals"):
        assert name in vars(uvicorn.Server)
        assert name in vars(LoopServer)
        own, theirs = (
            inspect.signature(getattr(kind, name)) for kind in (LoopServer, uvicorn.Server)
        )
        assert own.parameters.keys() == theirs.parameters.keys()


def test_the_servers_parts_that_the_gateway_replaces_are_there() -> None:
    """Its ``startup`` takes the app's state from ``lifespan``, and fills ``servers``."""
    assert "handle_exit" in vars(uvicorn.Server)  # sse-starlette puts its own around it
    for name in ("startup", "shutdown"):
        own, theirs = (
            inspect.signature(getattr(kind, name)) for kind in (GatewayServer, uvicorn.Server)
        )
        assert own.parameters.keys() == theirs.parameters.keys()
    startup = uvicorn.Server.startup.__code__
    assert {"servers", "lifespan", "create_server"} <= set(startup.co_names)
    names = {name for one in startup.co_consts if inspect.iscode(one) for name in one.co_names}
    assert {"http_protocol_class", "server_state", "lifespan", "state"} <= names


# --- httptools ---


class Heard:
    """What a parser calls."""

    def __init__(self) -> None:
        self.headers: list[bytes] = []
        self.at_the_end_of_the_head: int | None = None
        self.refuses = False

    def on_header(self, name: bytes, _: bytes) -> None:
        self.headers.append(name)

    def on_headers_complete(self) -> None:
        self.at_the_end_of_the_head = len(self.headers)
        if self.refuses:
            raise ValueError


def test_a_parser_tells_where_an_upgrade_begins() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    parser = httptools.HttpRequestParser(Heard())
    with pytest.raises(httptools.HttpParserUpgrade) as offer:
        parser.feed_data(head + b"the rest")

    assert offer.value.args == (len(head),)
    assert parser.should_upgrade()
    assert (parser.get_method(), parser.get_http_version()) == (b"POST", "1.1")


def test_a_callback_that_raises_is_a_fault_of_the_request() -> None:
    heard = Heard()
    heard.refuses = True
    with pytest.raises(httptools.HttpParserError):
        httptools.HttpRequestParser(heard).feed_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")


def test_trailers_come_as_headers_after_the_end_of_the_head() -> None:
    """Which is why the protocol tells them apart."""
    heard = Heard()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    httptools.HttpRequestParser(heard).feed_data(head + b"2\r\n{}\r\n0\r\nX-Late: 1\r\n\r\n")

    assert heard.at_the_end_of_the_head == 2
    assert heard.headers[2:] == [b"X-Late"]
