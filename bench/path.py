"""``python -m bench.path``: what the gateway itself computes for one call, without its sockets.

A whole gateway is started and connected; then one of its caller's connections and one to Notion
are given transports that keep what is written, and calls that memory can answer run through both,
one after the other. What is left is the gateway's own part: parsing, looking up, writing heads,
the line in the log. Each round is set against a fixed piece of Python that runs right after it,
because the speed of shared machines changes by the second. About ten seconds.
"""

import asyncio
import gc
import os
import socket
import tempfile
import time
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, cast, final

import uvicorn
import uvloop

from bench.calls import CALL
from bench.processes import BenchError, fake_upstream, free_port
from bench.targets import PROXY_PATH, call_headers, connect
from bench.upstream import HOST
from notion_gateway.app import create_app
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.http.server import configured
from notion_gateway.kernel.log import configure_logging
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.settings import CALLBACK_PATH, GivenSettings

_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    b"server: bench\r\ncache-control: no-store\r\ncontent-length: 1024\r\n\r\n" + b"x" * 1024
)
_REFERENCE_STEPS: Final = 30_000


@final
class Kept:
    """In the place of a transport. Its socket is real, so that it can be asked whether anything
    has come.
    """

    def __init__(self) -> None:
        self.written = b""
        self.writes = 0
        self._socket, self._other = socket.socketpair()

    def write(self, data: bytes) -> None:
        self.written = data
        self.writes += 1

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._socket if name == "socket" else default

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        raise BenchError("A connection was closed in mid-bench.")

    abort = close

    def end(self) -> None:
        self._socket.close()
        self._other.close()


@dataclass(frozen=True, slots=True)
class PathCost:
    """Medians. ``microseconds`` of processor time a call; ``of_reference``: how many calls cost
    as much as the reference, which the speed of the machine hardly changes.
    """

    microseconds: float
    of_reference: float


def reference() -> dict[int, tuple[int, str]]:
    """The same work each time, of the kind that the gateway does."""
    found: dict[int, tuple[int, str]] = {}
    for step in range(_REFERENCE_STEPS):
        found[step % 97] = (step, str(step))
    return found


async def measure(folder: Path, upstream: int, calls: int, rounds: int) -> PathCost:
    port = free_port()
    given: dict[str, Any] = {
        "gateway_trust_headers": True,
        "gateway_data_dir": folder,
        "notion_mcp_url": f"http://{HOST}:{upstream}/mcp",
        "notion_mcp_oauth_redirect_uri": f"http://{HOST}:{port}{CALLBACK_PATH}",
        "notion_mcp_allow_private_addresses": True,
    }
    settings = GivenSettings(**given)
    config = configured(create_app(settings), HOST, port)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    await asyncio.to_thread(connect, port)
    await _warm(port)
    try:
        return await _measured(server, config, calls, rounds)
    finally:
        server.should_exit = True
        await serving


async def _warm(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(_request(port))
    if not (await reader.readline()).startswith(b"HTTP/1.1 200"):
        raise BenchError("The first call failed.")
    writer.close()


async def _measured(
    server: uvicorn.Server, config: uvicorn.Config, calls: int, rounds: int
) -> PathCost:
    state = cast("dict[str, Any]", server.lifespan.state)
    pool = state["proxy"].http1.pool
    caller, notion = Kept(), Kept()
    asking = LimitedHttpProtocol(config, server.server_state, state)
    asking.connection_made(cast("Any", caller))
    answering = Connection(pool.keep, _nothing)
    answering.connection_made(cast("Any", notion))
    while (real := pool.ready()) is not None:
        real.cut()
    pool.keep(answering)
    request = _request(config.port)
    gc.collect()
    found: list[PathCost] = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(calls):
            asking.data_received(request)
            answering.data_received(_ANSWER)
        took = (time.process_time() - began) / calls
        began = time.process_time()
        reference()
        found.append(PathCost(took * 1e6, (time.process_time() - began) / took))
        await asyncio.sleep(0)
    if caller.writes != notion.writes or caller.writes != calls * rounds:
        raise BenchError(f"{calls * rounds} calls were answered in {caller.writes} writes.")
    server.server_state.connections.discard(asking)
    for one in (caller, notion):
        one.end()
    return PathCost(
        median(one.microseconds for one in found), median(one.of_reference for one in found)
    )


def _request(port: int) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in call_headers().items())
    head = f"POST {PROXY_PATH} HTTP/1.1\r\nHost: {HOST}:{port}\r\n{headers}"
    return f"{head}Content-Length: {len(CALL)}\r\n\r\n{CALL}".encode()


def _nothing(_: Connection) -> None:
    pass


def run(calls: int = 3000, rounds: int = 15) -> PathCost:
    with tempfile.TemporaryDirectory() as folder, fake_upstream() as (_, port):
        return uvloop.run(measure(Path(folder), port, calls, rounds))


def main() -> None:
    with Path(os.devnull).open("w") as log, redirect_stderr(log):
        configure_logging("json")
        cost = run()
    print(
        f"{cost.microseconds:.1f} microseconds of processor time a call;"
        f" {cost.of_reference:.0f} calls cost as much as the reference"
    )


if __name__ == "__main__":
    main()
