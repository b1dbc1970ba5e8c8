"""``python -m bench.path``: what the gateway itself computes for one call, without its sockets.

A whole gateway is started and connected; then one of its caller's connections and one to Notion
are given transports that keep what is written, and calls that memory can answer run through both,
one after the other. What is left is the gateway's own part: parsing, looking up, writing heads,
the line in the log. Each round is set against a fixed piece of Python that runs right after it,
because the speed of shared machines changes by the second. About ten seconds; with ``--on``, where
what owners and operators switch on is measured after it in the same run, a minute.
"""

import asyncio
import gc
import http.client
import json
import os
import socket
import tempfile
import time
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final, cast, final

import typer
import uvicorn
import uvloop

from bench.calls import CALL
from bench.processes import BenchError, fake_upstream, free_port
from bench.targets import PROXY_PATH, SPACE_ID, USER_ID, call_headers, connect
from bench.upstream import HOST
from notion_gateway.app import create_app
from notion_gateway.audit.opening import Audit
from notion_gateway.budget.rules.exhausted import Grant
from notion_gateway.budget.rules.refusal import Refusal
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.http.request_log import WRITTEN_WITHIN_SECONDS
from notion_gateway.http.server import configured
from notion_gateway.kernel.log import configure_logging
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.opening import Proxy
from notion_gateway.settings import CALLBACK_PATH, GivenSettings

_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    b"server: bench\r\ncache-control: no-store\r\ncontent-length: 1024\r\n\r\n" + b"~" * 1024
)
_REFERENCE_STEPS: Final = 30_000
_AT_MOST_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class On:
    """What is switched on: a ``policy`` that has to look at each call, the ``record`` of calls,
    with the storing of it; ``paced`` calls, each of which asks for its turn, and gets it at once.
    """

    name: str
    policy: bool = False
    record: bool = False
    paced: bool = False


OFF: Final = On("everything off")
VARIANTS: Final = (
    OFF,
    On("record", record=True),
    On("policy", policy=True),
    On("calls paced", paced=True),
    On("all three", policy=True, record=True, paced=True),
)


@final
class Kept:
    """In the place of a transport. Its socket is real, so that it can be asked whether anything
    has come. ``ends`` counts messages: writes that end with ``mark``.
    """

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self.written = b""
        self.writes = self.ends = 0
        self._socket, self._other = socket.socketpair()

    def write(self, data: bytes) -> None:
        self.written = data
        self.writes += 1
        if data.endswith(self._mark):
            self.ends += 1

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


async def measure(folder: Path, upstream: int, calls: int, rounds: int, on: On = OFF) -> PathCost:
    port = free_port()
    given: dict[str, Any] = {
        "gateway_trust_headers": True,
        "gateway_data_dir": folder,
        "gateway_audit": on.record,
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
    if on.policy:
        await asyncio.to_thread(_set_policy, port)
    await _warm(port)
    try:
        async with asyncio.timeout(_AT_MOST_SECONDS):
            return await _measured(server, config, calls, rounds, on)
    finally:
        server.should_exit = True
        await serving


def _set_policy(port: int) -> None:
    """Nothing may be deleted: every call is looked at."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        path = f"/spaces/{SPACE_ID}/policy?expected_version=0"
        document = json.dumps({"version": 1, "preset": "no_deleting"})
        headers = {"X-User-ID": USER_ID, "Content-Type": "application/json"}
        connection.request("PUT", path, document, headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise BenchError(f"The policy was not taken: {answer.status} {answer.read()!r}")
    finally:
        connection.close()


def _pace(proxy: Proxy) -> None:
    """As if Notion had refused a call just now, and said that the next may go at once."""
    lent = proxy.calls.access_tokens.cached(SPACE_ID)
    if proxy.budgets is None or lent is None:
        raise BenchError("There is nothing to pace.")
    proxy.budgets.refused_there(Grant(SPACE_ID, lent.process_id), Refusal(seconds=0.0))


async def _stored(audit: Audit) -> None:
    """What was noted of the calls is in the database."""
    if audit.writer is not None:
        await asyncio.sleep(2 * WRITTEN_WITHIN_SECONDS)
        while audit.writer.waiting:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.01)


async def _warm(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(_request(port))
    if not (await reader.readline()).startswith(b"HTTP/1.1 200"):
        raise BenchError("The first call failed.")
    writer.close()


async def _measured(
    server: uvicorn.Server, config: uvicorn.Config, calls: int, rounds: int, on: On
) -> PathCost:
    state = cast("dict[str, Any]", server.lifespan.state)
    proxy: Proxy = state["proxy"]
    if proxy.http1 is None:
        raise BenchError("The gateway's own client carries no calls.")
    pool = proxy.http1.pool
    caller, notion = Kept(b"~"), Kept(CALL[-1:].encode())
    asking = LimitedHttpProtocol(config, server.server_state, state)
    asking.connection_made(cast("Any", caller))
    answering = Connection(pool.keep, _nothing)
    answering.connection_made(cast("Any", notion))
    while (real := pool.ready()) is not None:
        real.cut()
    pool.keep(answering)
    request = _request(config.port)
    if on.paced:
        _pace(proxy)
    sent = 0
    gc.collect()
    found: list[PathCost] = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(calls):
            sent += 1
            asking.data_received(request)
            while notion.ends < sent:  # noqa: ASYNC110 - goes by a coroutine
                await asyncio.sleep(0)
            answering.data_received(_ANSWER)
            while caller.ends < sent:  # noqa: ASYNC110
                await asyncio.sleep(0)
        await _stored(state["audit"])
        took = (time.process_time() - began) / calls
        began = time.process_time()
        reference()
        found.append(PathCost(took * 1e6, (time.process_time() - began) / took))
        await asyncio.sleep(0)
    if on == OFF and (caller.writes != notion.writes or caller.writes != sent):
        raise BenchError(f"{sent} calls were answered in {caller.writes} writes.")
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


def run(calls: int = 3000, rounds: int = 15, on: On = OFF) -> PathCost:
    with tempfile.TemporaryDirectory() as folder, fake_upstream() as (_, port):
        return uvloop.run(measure(Path(folder), port, calls, rounds, on))


def main(
    *,
    on: Annotated[
        bool, typer.Option("--on", help="Also with a policy, the record and paced calls.")
    ] = False,
) -> None:
    variants = VARIANTS if on else (OFF,)
    with Path(os.devnull).open("w") as log, redirect_stderr(log):
        configure_logging("json")
        for one in variants:
            cost = run() if one == OFF else run(200, 9, one)
            print(
                f"{one.name + ': ' if on else ''}{cost.microseconds:.1f} microseconds of processor"
                f" time a call; {cost.of_reference:.0f} calls cost as much as the reference",
                flush=True,
            )


if __name__ == "__main__":
    typer.run(main)
