"""A reader who takes a byte now and then holds up Notion, not the gateway's memory."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy import endpoint as proxy_routes
from notion_gateway.proxy.relay import Relay
from notion_gateway.proxy.upstream import UpstreamAnswer
from tests.support.asgi import chunk, disconnected, read_body, start
from tests.support.clocks import SharedClock
from tests.support.figures import Figure
from tests.support.forked import none_forked
from tests.support.gateway import CALL, calling
from tests.support.notion import serving_notion
from tests.support.processes import gateway_process
from tests.support.raw import connection, request
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import SSE_HEADERS
from tests.support.waiting import PATIENCE_SECONDS, until
from tests.support.warmth import warmed

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:35")]

MEBIBYTE = 1024 * 1024
READERS = 4
PLENTY = 150 * MEBIBYTE
GROWTH = 10 * MEBIBYTE
"""Two and a half for each reader, who holds about one and a half: a buffer, a chunk, a write."""


class Endless:
    """As fast as it may, to everybody; counts what it could get rid of."""

    PIECE = b"data: " + b"x" * 65_000 + b"\n\n"

    def __init__(self) -> None:
        self.sent = 0

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        await start(send, 200, SSE_HEADERS)
        leaving = asyncio.create_task(disconnected(receive))
        while not leaving.done():
            await chunk(send, self.PIECE)
            self.sent += len(self.PIECE)
            await asyncio.sleep(0)

    async def stalled(self) -> int:
        """How much it had sent when nobody took any more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            before = -1
            while before != self.sent:
                before = self.sent
                await asyncio.sleep(0.4)
        return self.sent


@dataclass(frozen=True, slots=True)
class SlowReader:
    """A bare socket with next to no buffer; asyncio's streams would read ahead."""

    sock: socket.socket

    async def take(self, count: int) -> bytes:
        loop = asyncio.get_running_loop()
        return b"".join([await loop.sock_recv(self.sock, 1) for _ in range(count)])


@asynccontextmanager
async def slow_reader(port: int, body: bytes = CALL) -> AsyncGenerator[SlowReader]:
    """With a body, its call is answered in callbacks; without, in a coroutine."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(sock, ("127.0.0.1", port))
        await loop.sock_sendall(sock, request(body=body))
        yield SlowReader(sock)


def resident(pid: int) -> int:
    """A process's resident memory in bytes, as Linux tells it (proc(5), statm)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_slow_readers_of_endless_streams_cost_no_memory(
    tmp_path: Path, figure: Figure
) -> None:
    mcp = Endless()
    async with AsyncExitStack() as stack:
        notion = await stack.enter_async_context(serving_notion(clock=SharedClock(), mcp=mcp))
        with none_forked():
            gateway = await stack.enter_async_context(
                gateway_process(tmp_path, notion.url, tmp_path / "gateway.log")
            )
        caller = await stack.enter_async_context(calling(gateway.url))
        await caller.connect("team")
        pid = gateway.process.pid
        assert pid != os.getpid()
        async with connection(gateway.port) as fast:  # the control: so much there is to have
            await fast.send(request(body=CALL))
            taken = 0
            while taken < PLENTY:
                taken += len(await fast.reader.read(MEBIBYTE))
        before, mcp.sent = resident(pid), 0
        readers = [
            await stack.enter_async_context(slow_reader(gateway.port, CALL if one % 2 else b""))
            for one in range(READERS)
        ]
        assert [await one.take(12) for one in readers] == [b"HTTP/1.1 200"] * READERS
        held = await mcp.stalled()
        for _ in range(4):
            await asyncio.gather(*(one.take(1) for one in readers))
            await asyncio.sleep(0.25)

        grown = resident(pid) - before
        assert grown < GROWTH
        words = "{} readers of endless streams: the process grew by {:.1f} MiB"
        figure(words, len(readers), max(0, grown) / MEBIBYTE)
        assert await mcp.stalled() <= held + READERS * len(Endless.PIECE)
        assert held < PLENTY  # of which most lies in the system's socket buffers
        assert (await caller.status("team"))["status"] == "connected"


async def test_a_relay_that_reads_ahead_takes_in_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    held = bytearray()

    async def reading_ahead(
        exchange: proxy_routes.Exchange, answer: UpstreamAnswer, headers: RawHeaders
    ) -> None:
        del headers
        exchange.started = True
        await start(exchange.send, answer.status, SSE_HEADERS)
        try:
            async for data in answer.chunks():
                held.extend(data)
        finally:
            answer.close()

    monkeypatch.setattr(proxy_routes.Exchange, "relay", reading_ahead)
    mcp = Endless()
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        async with slow_reader(rig.gateway.port, b"") as reader:
            await reader.take(12)
            await until(lambda: mcp.sent > PLENTY)

    assert len(held) > PLENTY // 2


def held_by(rig: Rig) -> list[Any]:
    """Connections of callers who have not taken everything."""
    found: Any = rig.gateway.server.server_state.connections
    return [one for one in found if one.transport.get_write_buffer_size()]


async def test_a_call_in_callbacks_holds_up_notion_for_a_reader_who_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relays, mcp = warmed(monkeypatch), Endless()
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        async with slow_reader(rig.gateway.port) as reader:
            await reader.take(12)
            assert await mcp.stalled() < PLENTY
            assert len(relays) == 1
            (held,) = held_by(rig)
            assert held.transport.get_write_buffer_size() < MEBIBYTE


async def test_without_the_pause_it_takes_in_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    relays, mcp = warmed(monkeypatch), Endless()

    def nothing(_: Relay) -> None: ...

    monkeypatch.setattr(Relay, "pause", nothing)
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        async with slow_reader(rig.gateway.port) as reader:
            await reader.take(12)
            await until(lambda: mcp.sent > PLENTY)
            assert len(relays) == 1
