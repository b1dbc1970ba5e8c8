"""``uv run --with h2 python -m bench.http2``: what HTTP/2 to Notion would cost, beside HTTP/1.1.

The gateway's own client (HTTP/1.1, a connection for each call under way) beside a client of ``h2``
that does nothing but what the protocol asks for: one connection for calls, ten for open streams.
Both over TLS, from callbacks, in a process that does nothing else; the server is a process of its
own. Measured: processor time a call, and memory and processor time for each open stream. ``h2`` is
no dependency of the gateway. The loopback only. About a minute.
"""

import asyncio
import gc
import importlib
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, cast, final

import typer
import uvloop

from bench.client import CALL_BODY, CALL_HEADERS
from bench.processes import BenchError, Usage
from bench.upstream import HOST, rpc_answer
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.http1.pool import ConnectionPool, Origin
from notion_gateway.proxy.rules.plain_head import PlainHead
from tests.support.certificates import certificate

_TOKEN: Final = b"Bearer " + b"t" * 64
_ANSWER: Final = rpc_answer()
_ANSWER_HEADERS: Final = [
    (b"date", b"Thu, 01 Jan 2026 00:00:00 GMT"),
    (b"server", b"bench"),
    (b"cache-control", b"no-store"),
    (b"x-notion-request-id", b"00000000-0000-4000-8000-000000000000"),
    (b"strict-transport-security", b"max-age=31536000"),
]
_EVENT: Final = b"data: {}\n\n"
_STREAM_PATH: Final = b"/stream"
_WINDOW_BYTES: Final = 2**24
_STREAMS_BEFORE: Final = 20
_STREAMS_A_CONNECTION: Final = 100  # what servers usually allow


def _h2(name: str) -> Any:  # noqa: ANN401 - it is no dependency, so nothing is known of it
    try:
        return importlib.import_module(f"h2.{name}")
    except ImportError:
        raise BenchError("h2 is not installed: uv run --with h2 python -m bench.http2") from None


# --- the server -----------------------------------------------------------------------------


@final
class Http1Server(asyncio.Protocol):
    """Answers what comes in one read, as one request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        is_stream = data.startswith(b"POST " + _STREAM_PATH)
        kind = b"text/event-stream" if is_stream else b"application/json"
        lines = [b"HTTP/1.1 200 OK", b"content-type: " + kind]
        lines += [b": ".join(one) for one in _ANSWER_HEADERS]
        if is_stream:
            lines.append(b"transfer-encoding: chunked")
            body = b"%x\r\n%b\r\n" % (len(_EVENT), _EVENT)
        else:
            lines.append(b"content-length: %d" % len(_ANSWER))
            body = _ANSWER
        self._transport.write(b"\r\n".join([*lines, b"", body]))


@final
class Http2Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._events = _h2("events")
        config = _h2("config").H2Configuration(client_side=False, header_encoding=None)
        self._h2 = _h2("connection").H2Connection(config)
        self._h2.initiate_connection()
        self._paths: dict[int, bytes] = {}
        self._transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, self._events.RequestReceived):
                self._paths[event.stream_id] = dict(event.headers)[b":path"]
            elif isinstance(event, self._events.DataReceived):
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, self._events.StreamEnded):
                self._answer(event.stream_id)
        self._transport.write(self._h2.data_to_send())

    def _answer(self, stream: int) -> None:
        is_stream = self._paths.pop(stream) == _STREAM_PATH
        kind = b"text/event-stream" if is_stream else b"application/json"
        headers = [(b":status", b"200"), (b"content-type", kind), *_ANSWER_HEADERS]
        self._h2.send_headers(stream, headers)
        self._h2.send_data(stream, _EVENT if is_stream else _ANSWER, end_stream=not is_stream)


async def _serve(folder: Path) -> None:
    """Prints the two ports, and serves until it is ended."""
    loop = asyncio.get_running_loop()
    ports: list[str] = []
    for protocol, name in ((Http1Server, "http/1.1"), (Http2Server, "h2")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        context.set_alpn_protocols([name])
        server = await loop.create_server(protocol, HOST, 0, ssl=context, backlog=1024)
        ports.append(str(server.sockets[0].getsockname()[1]))
    print(*ports, flush=True)
    await asyncio.get_running_loop().create_future()


@contextmanager
def _server(folder: Path) -> Generator[tuple[int, int]]:
    certificate(folder)
    command = [sys.executable, "-m", "bench.http2", "--serve", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        said: str = process.stdout.readline() if process.stdout else ""
        ports = said.split()
        try:
            if len(ports) != 2:  # noqa: PLR2004
                raise BenchError("The server did not start; what it said stands above.")
            yield int(ports[0]), int(ports[1])
        finally:
            process.terminate()


def _trusting(folder: Path, protocol: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
    context.set_alpn_protocols([protocol])
    return context


# --- the clients ----------------------------------------------------------------------------


@final
class Http1Call:
    """A ``Receiver``: one call after the other on whatever connection is kept."""

    takes_lines = True

    def __init__(self, ended: Callable[["Http1Call"], None]) -> None:
        self._ended = ended
        self.has_begun = False

    def head_came(self, status: int, headers: RawHeaders, plain: PlainHead | None) -> None: ...
    def part_came(self, part: bytes) -> None: ...
    def wake(self) -> None:
        self._ended(self)

    def ended(self) -> None:
        self._ended(self)

    def failed(self, fault: BaseException) -> None:
        """The streams that are open at the end are cut."""


@final
class Http1Client:
    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._pool = ConnectionPool(Origin("localhost", port, context), allow_private=True)
        lines = [f"host: localhost:{port}".encode(), b"authorization: " + _TOKEN]
        lines += [b": ".join(one) for one in CALL_HEADERS]
        self._lines = b"\r\n".join([*lines, b"content-length: %d" % len(CALL_BODY), b"", b""])

    async def opened(self, count: int) -> None:
        for one in [await self._pool.made() for _ in range(count)]:
            self._pool.keep(one)

    def call(self, path: bytes, ended: Callable[[], None]) -> None:
        connection = self._pool.ready()
        if connection is None:
            raise BenchError("No connection is fit for a call.")
        head = b"POST " + path + b" HTTP/1.1\r\n" + self._lines
        connection.send(head, CALL_BODY, Http1Call(lambda _: ended()))

    async def stream(self, ended: Callable[[], None]) -> None:
        self._pool.keep(await self._pool.made())
        self.call(_STREAM_PATH, ended)

    async def close(self) -> None:
        await self._pool.close()


@final
class Http2Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._events = _h2("events")
        config = _h2("config").H2Configuration(client_side=True, header_encoding=None)
        self._h2 = _h2("connection").H2Connection(config)
        self._ended: dict[int, Callable[[], None]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_WINDOW_BYTES)  # else 64 answers fill it
        self.transport.write(self._h2.data_to_send())

    def call(self, path: bytes, ended: Callable[[], None]) -> None:
        stream = self._h2.get_next_available_stream_id()
        start = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost")]
        headers = [*start, (b":path", path), (b"authorization", _TOKEN), *CALL_HEADERS]
        self._h2.send_headers(stream, headers)
        self._h2.send_data(stream, CALL_BODY, end_stream=True)
        self._ended[stream] = ended
        self.transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, self._events.DataReceived):
                length, stream = event.flow_controlled_length, event.stream_id
                self._h2.acknowledge_received_data(length, stream)
                if not event.stream_ended and event.data == _EVENT:
                    self._ended[stream]()
            elif isinstance(event, self._events.StreamEnded):
                self._ended.pop(event.stream_id)()
        if unsent := self._h2.data_to_send():
            self.transport.write(unsent)


@final
class Http2Client:
    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._port, self._context = port, context
        self._connections: list[Http2Connection] = []
        self._streams = 0

    async def opened(self, count: int = 1) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(count):
            _, one = await loop.create_connection(
                Http2Connection, "localhost", self._port, ssl=self._context
            )
            self._connections.append(one)

    def call(self, path: bytes, ended: Callable[[], None]) -> None:
        self._connections[-1].call(path, ended)

    async def stream(self, ended: Callable[[], None]) -> None:
        if self._streams % _STREAMS_A_CONNECTION == 0:
            await self.opened()
        self._streams += 1
        self.call(_STREAM_PATH, ended)

    async def close(self) -> None:
        for one in self._connections:
            one.transport.abort()


Client = Http1Client | Http2Client

# --- what is measured -----------------------------------------------------------------------


async def microseconds_a_call(client: Client, calls: int, at_once: int) -> float:
    """Of processor time in this process."""
    done = asyncio.get_running_loop().create_future()
    left, under_way = calls - at_once, at_once

    def ended() -> None:
        nonlocal left, under_way
        if left:
            left -= 1
            # On the next turn of the loop: the connection is not free yet.
            asyncio.get_running_loop().call_soon(client.call, b"/mcp", ended)
            return
        under_way -= 1
        if not under_way:
            done.set_result(None)

    began = time.process_time()
    for _ in range(at_once):
        client.call(b"/mcp", ended)
    await done
    return (time.process_time() - began) / calls * 1e6


async def stream_costs(client: Client, streams: int) -> tuple[float, float]:
    """Bytes of memory, and microseconds of processor time, for each open stream; of this process,
    which must have no children, and not have freed anything that streams could use.
    """

    async def opened(count: int) -> None:
        for _ in range(count):
            first = asyncio.Event()
            await client.stream(first.set)
            await first.wait()

    await opened(_STREAMS_BEFORE)  # what is loaded for the first one is not each one's
    gc.collect()
    before, began = Usage.of(os.getpid()).rss_bytes, time.process_time()
    await opened(streams)
    return (
        (Usage.of(os.getpid()).rss_bytes - before) / streams,
        (time.process_time() - began) / streams * 1e6,
    )


async def _hold(folder: Path, protocol: str, port: int, streams: int) -> None:
    """Prints what ``stream_costs`` says of one client, in a process that does nothing else."""
    kind = Http1Client if protocol == "http/1.1" else Http2Client
    client = kind(port, _trusting(folder, protocol))
    print(*await stream_costs(client, streams), flush=True)
    await client.close()


async def _held(folder: Path, protocol: str, port: int, streams: int) -> tuple[float, float]:
    """As ``stream_costs``, in a new process."""
    arguments = ("--hold", protocol, "--port", str(port), "--streams", str(streams))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.http2", "--serve", str(folder), *arguments),
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise BenchError("Streams could not be opened; what was said stands above.")
    each, micros = said.split()
    return float(each), float(micros)


async def measure(folder: Path, *, rounds: int, calls: int, streams: int) -> list[str]:
    lines = ["| | HTTP/1.1 | HTTP/2 | within each round |", "| --- | ---: | ---: | ---: |"]
    with _server(folder) as (port1, port2):
        contexts = _trusting(folder, "http/1.1"), _trusting(folder, "h2")
        for at_once in (1, 64):
            one, two = Http1Client(port1, contexts[0]), Http2Client(port2, contexts[1])
            await one.opened(at_once)
            await two.opened()
            mine: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                mine.append(await microseconds_a_call(one, calls, at_once))
                theirs.append(await microseconds_a_call(two, calls, at_once))
            ratio = median(b / a for a, b in zip(mine, theirs, strict=True))
            name = f"microseconds a call, {at_once} at once"
            lines.append(f"| {name} | {median(mine):.0f} | {median(theirs):.0f} | {ratio:.1f}x |")
            await one.close()
            await two.close()
        bytes1, micros1 = await _held(folder, "http/1.1", port1, streams)
        bytes2, micros2 = await _held(folder, "h2", port2, streams)
        lines.append(f"| KiB for each open stream | {bytes1 / 1024:.1f} | {bytes2 / 1024:.1f} | |")
        lines.append(f"| microseconds to open one | {micros1:.0f} | {micros2:.0f} | |")
    return lines


def main(
    serve: Path | None = None,
    hold: str | None = None,
    port: int = 0,
    rounds: int = 7,
    streams: int = 1000,
) -> None:
    """``serve`` and ``hold`` are for the processes that this one starts."""
    if serve is not None:
        uvloop.run(_hold(serve, hold, port, streams) if hold else _serve(serve))
        return
    with tempfile.TemporaryDirectory() as folder:
        lines = uvloop.run(measure(Path(folder), rounds=rounds, calls=6400, streams=streams))
    print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
