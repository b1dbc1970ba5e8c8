"""Streams pass event by event, and end where either side ends them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.proxy import proxied_call
from notion_gateway.proxy.http1.upstream import Http1Answer
from tests.support.asgi import chunk, read_body, start, transport_of
from tests.support.figures import Figure
from tests.support.raw import Connection, connection, request
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import SSE_HEADERS, WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

EVENTS = 1000
ABORTS = 1000
LEAVING_TOGETHER = 50


def event(number: int) -> bytes:
    return f"event: message\ndata: {number}\n\n".encode()


class LockStep:
    """Sends an event only after the one before has been seen at the other end."""

    def __init__(self) -> None:
        self.seen = asyncio.Semaphore(0)

    async def stream(self) -> AsyncIterable[bytes]:
        for number in range(EVENTS):
            yield event(number)
            await self.seen.acquire()


@asynccontextmanager
async def streaming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mcp: WatchedMcp
) -> AsyncGenerator[Rig]:
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        yield rig


async def follow(raw: Connection, lock_step: LockStep) -> list[bytes]:
    """The events in the order of their arrival, each acknowledged before the next is sent."""
    arrived: list[bytes] = []
    await raw.send(request())
    status, headers = await raw.head()
    assert status == 200
    assert b"transfer-encoding: chunked" in headers
    for _ in range(EVENTS):
        size = int(await raw.reader.readline(), 16)
        arrived.append(await raw.reader.readexactly(size))
        await raw.reader.readexactly(2)
        lock_step.seen.release()
    assert await raw.reader.readexactly(5) == b"0\r\n\r\n"
    return arrived


@pytest.mark.promise("seed:verbatim")
async def test_each_of_1000_events_is_here_before_notion_sends_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In lock step: an event held back anywhere would leave both sides waiting."""
    lock_step = LockStep()
    mcp = WatchedMcp(lock_step.stream)
    async with (
        streaming(tmp_path, monkeypatch, mcp) as rig,
        connection(rig.gateway.port) as raw,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        arrived = await follow(raw, lock_step)

    assert arrived == [event(number) for number in range(EVENTS)]
    assert mcp.completed == 1


@pytest.mark.promise("seed:verbatim")
async def test_a_relay_that_waits_for_two_events_never_passes_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    chunks = Http1Answer.chunks

    async def pairs(answer: Http1Answer) -> AsyncGenerator[bytes]:
        held: list[bytes] = []
        async for data in chunks(answer):
            held.append(data)
            if len(held) > 1:
                yield b"".join(held)
                held.clear()

    monkeypatch.setattr(Http1Answer, "chunks", pairs)
    lock_step = LockStep()
    async with (
        streaming(tmp_path, monkeypatch, WatchedMcp(lock_step.stream)) as rig,
        connection(rig.gateway.port) as raw,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await follow(raw, lock_step)


# --- the client leaves --------------------------------------------------------------------


async def leave_before_the_headers(rig: Rig, mcp: WatchedMcp) -> None:
    async with connection(rig.gateway.port) as raw:
        await raw.send(request())
        await until(lambda: mcp.opened > 0)


async def leave_in_mid_stream(rig: Rig, mcp: WatchedMcp) -> None:
    async with connection(rig.gateway.port) as raw:
        await raw.send(request())
        await raw.reader.readuntil(b"data: 1\n\n")


@pytest.mark.promise("threats:29")
@pytest.mark.parametrize("before_headers", [False, True])
async def test_a_client_who_leaves_is_gone_upstream_within_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_headers: bool
) -> None:
    mcp = WatchedMcp(forever(), holds_headers=before_headers)
    leave = leave_before_the_headers if before_headers else leave_in_mid_stream
    async with streaming(tmp_path, monkeypatch, mcp) as rig:
        await leave(rig, mcp)
        await until(mcp.gone.is_set, 1)

        assert (mcp.opened, mcp.left) == (1, 1)


@pytest.mark.promise("threats:29")
@pytest.mark.parametrize("before_headers", [False, True])
async def test_without_the_watcher_upstream_never_learns_that_the_client_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_headers: bool
) -> None:
    """The control."""

    @asynccontextmanager
    async def nobody_watches(_: Scope, __: Receive) -> AsyncGenerator[None]:
        yield

    monkeypatch.setattr(proxied_call, "while_client_stays", nobody_watches)
    mcp = WatchedMcp(forever(), holds_headers=before_headers)
    leave = leave_before_the_headers if before_headers else leave_in_mid_stream
    async with streaming(tmp_path, monkeypatch, mcp) as rig:
        await leave(rig, mcp)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await mcp.gone.wait()


@pytest.mark.promise("threats:29")
@pytest.mark.parametrize("before_headers", [False, True])
async def test_after_a_thousand_aborts_no_socket_is_left_upstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_headers: bool, figure: Figure
) -> None:
    mcp = WatchedMcp(forever(), holds_headers=before_headers)
    aborts = ABORTS // 2
    async with streaming(tmp_path, monkeypatch, mcp) as rig:
        idle = rig.notion.served.open_connections
        for done in range(0, aborts, LEAVING_TOGETHER):
            async with contextlib.AsyncExitStack() as together:
                for _ in range(LEAVING_TOGETHER):
                    raw = await together.enter_async_context(connection(rig.gateway.port))
                    await raw.send(request())
                expected = done + LEAVING_TOGETHER
                await until(lambda expected=expected: mcp.opened == expected)
        await until(lambda: mcp.left == aborts, 1)
        await until(lambda: rig.notion.served.open_connections <= idle, 1)
        figure("{:,} callers left: {:,} were gone upstream within a second", mcp.opened, mcp.left)


@pytest.mark.promise("threats:29")
async def test_a_client_who_leaves_after_the_answer_is_no_abort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def short() -> AsyncIterable[bytes]:
        yield event(1)

    mcp = WatchedMcp(short)
    async with streaming(tmp_path, monkeypatch, mcp) as rig:
        for _ in range(20):
            async with connection(rig.gateway.port) as raw:
                await raw.send(request())
                await raw.reader.readuntil(b"0\r\n\r\n")
        await until(lambda: mcp.completed + mcp.left == 20)

    assert mcp.completed == 20


# --- upstream dies ------------------------------------------------------------------------


class Dying:
    """Sends some events, then breaks the connection: reset, or closed without an end."""

    def __init__(self, events: int, *, reset: bool, length: int | None = None) -> None:
        self._events = events
        self._reset = reset
        self._length = length
        self.calls = 0
        self.now = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        self.calls += 1
        framing = [(b"content-length", str(self._length).encode())] if self._length else []
        await start(send, 200, [*SSE_HEADERS, *framing])
        for number in range(self._events):
            await chunk(send, event(number))
        await self.now.wait()
        transport = transport_of(scope)
        if self._reset:
            transport.abort()
        else:
            transport.close()
        await receive()

    @property
    def last_words(self) -> bytes:
        return event(self._events - 1) if self._events else b"\r\n\r\n"


async def watch_it_die(rig: Rig, dying: Dying, *headers: str) -> bytes:
    """Everything a caller got of a stream that broke after all of it had arrived."""
    rig.notion.wire.instead["/mcp"] = dying
    async with connection(rig.gateway.port) as raw, asyncio.timeout(PATIENCE_SECONDS):
        await raw.send(request(*headers))
        got = await raw.reader.readuntil(dying.last_words)
        assert got.startswith(b"HTTP/1.1 200")
        dying.now.set()
        return got + await raw.rest()


def ended_cleanly(got: bytes) -> bool:
    return got.endswith(b"0\r\n\r\n")


@pytest.mark.promise("threats:30")
@pytest.mark.parametrize("reset", [False, True])
async def test_an_upstream_that_dies_at_any_event_aborts_the_callers_stream(
    connected: Rig, reset: bool, figure: Figure
) -> None:
    for events in range(8):
        dying = Dying(events, reset=reset)
        got = await watch_it_die(connected, dying)

        assert not ended_cleanly(got), events
        assert got.count(b"event: message") == events
        assert dying.calls == 1
        words = "{} upstreams that died, {} calls at them: {} streams ended as if whole"
        figure(words, 1, dying.calls, int(ended_cleanly(got)))


@pytest.mark.promise("threats:30")
async def test_an_answer_shorter_than_its_length_is_cut_off_as_well(connected: Rig) -> None:
    dying = Dying(3, reset=False, length=100_000)
    got = await watch_it_die(connected, dying)

    assert b"content-length: 100000" in got
    assert len(got) < 100_000
    assert dying.calls == 1


@pytest.mark.promise("threats:30")
async def test_a_relay_that_swallows_the_fault_tells_the_caller_a_clean_end(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    chunks = Http1Answer.chunks

    async def swallowing(answer: Http1Answer) -> AsyncGenerator[bytes]:
        with contextlib.suppress(Exception):
            async for data in chunks(answer):
                yield data

    monkeypatch.setattr(Http1Answer, "chunks", swallowing)

    got = await watch_it_die(connected, Dying(3, reset=False), "Connection: close")

    assert ended_cleanly(got)


@pytest.mark.promise("threats:30")
async def test_after_a_stream_that_died_the_next_call_works(connected: Rig) -> None:
    await watch_it_die(connected, Dying(1, reset=True))
    connected.notion.wire.instead.clear()

    assert (await connected.caller.call("team")).status == 200
