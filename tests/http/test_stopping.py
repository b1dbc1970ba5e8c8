"""A gateway that stops ends listening streams one after the other, and leaves no traceback."""

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.asgi import chunk, read_body, start
from tests.support.clocks import SharedClock
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.raw import Connection, ask, connection, request
from tests.support.upstreams import SSE_HEADERS, RecordingMcp, WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.promise("threats:48"),
    pytest.mark.thorough,
    pytest.mark.usefixtures("both_ways"),
]

LISTEN = "Mcp-Method: subscriptions/listen"


@asynccontextmanager
async def connected(folder: Path, mcp: ASGIApp, **variables: str) -> AsyncGenerator[Running]:
    log = folder / "gateway.log"
    async with (
        serving_notion(clock=SharedClock(), mcp=mcp) as notion,
        gateway_process(folder / "data", notion.url, log, **variables) as gateway,
    ):
        async with calling(gateway.url) as caller:
            assert (await caller.connect("team")).result["status"] == "success"
        yield gateway


async def said(one: Connection) -> bytes:
    """The rest of a stream, which ends as HTTP has it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await one.reader.readuntil(b"0\r\n\r\n")


@pytest.mark.alone
@pytest.mark.parametrize(
    ("method", "headers"), [("GET", ()), ("POST", (LISTEN,))], ids=["GET", "listen"]
)
async def test_five_hundred_listening_streams_end_properly_and_one_after_the_other(
    tmp_path: Path, method: str, headers: tuple[str, ...]
) -> None:
    """Their clients come back as they end: not all at the same moment."""
    mcp, loop = WatchedMcp(forever()), asyncio.get_running_loop()
    ended: list[float] = []

    async def hear(one: Connection) -> None:
        await said(one)
        ended.append(loop.time())

    async with connected(tmp_path, mcp) as gateway, AsyncExitStack() as stack:
        before = mcp.opened
        streams = [await stack.enter_async_context(connection(gateway.port)) for _ in range(500)]
        for one in streams:
            await one.send(request(*headers, method=method))
        heads = await asyncio.gather(*(one.head() for one in streams))
        assert {status for status, _ in heads} == {200}
        assert mcp.opened == before + 500

        gateway.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(hear(one) for one in streams))
        await gateway.process.wait()

    assert ended[-1] - ended[0] > 1
    log = (tmp_path / "gateway.log").read_text()
    assert "Traceback" not in log
    assert "exceeded" not in log


async def test_a_stream_that_has_not_begun_is_503_at_once(tmp_path: Path) -> None:
    mcp = WatchedMcp(holds_headers=True)
    async with connected(tmp_path, mcp, GATEWAY_SHUTDOWN_DRAIN_SECONDS="600") as gateway:
        before = mcp.opened
        async with connection(gateway.port) as one:
            await one.send(request(method="GET"))
            await until(lambda: mcp.opened > before)
            gateway.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, _ = await one.head()
                answer = await one.rest()
                await gateway.process.wait()

    assert status == 503
    assert b"gateway_stopping" in answer
    assert "Traceback" not in (tmp_path / "gateway.log").read_text()


class Answering:
    """A call whose answer takes a second; what has come of it is sent at once."""

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        await start(send, 200, SSE_HEADERS)
        async for piece in self._pieces():
            await chunk(send, piece)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self) -> AsyncIterable[bytes]:
        yield b"data: first\n\n"
        await asyncio.sleep(1)
        yield b"data: last\n\n"


async def test_the_answer_to_a_call_is_waited_for(tmp_path: Path) -> None:
    """The control: not every stream is ended."""
    async with connected(tmp_path, Answering()) as gateway, connection(gateway.port) as one:
        await one.send(request(body=b"{}"))
        await one.head()
        gateway.process.send_signal(signal.SIGTERM)
        assert b"data: last" in await said(one)
        await gateway.process.wait()


async def test_what_does_not_end_in_time_is_cut_without_a_traceback(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    started, silent = await asyncio.gather(
        stopped_during_a_call(tmp_path_factory.mktemp("started"), WatchedMcp(forever())),
        stopped_during_a_call(tmp_path_factory.mktemp("silent"), WatchedMcp(holds_headers=True)),
    )
    assert not started.endswith(b"0\r\n\r\n")
    assert silent.startswith(b"HTTP/1.1 503")
    assert b'"reason": "gateway_stopping"' in silent
    assert b"retry-after: 1\r\n" in silent


async def stopped_during_a_call(folder: Path, mcp: WatchedMcp) -> bytes:
    """What the caller still gets."""
    drain = {"GATEWAY_SHUTDOWN_DRAIN_SECONDS": "1"}
    async with connected(folder, mcp, **drain) as gateway, connection(gateway.port) as one:
        before = mcp.opened
        await one.send(request(body=b"{}"))
        await until(lambda: mcp.opened > before)
        gateway.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            rest = await one.rest()
            await gateway.process.wait()
    assert "Traceback" not in (folder / "gateway.log").read_text()
    return rest


async def test_the_line_of_the_last_request_is_in_the_log_of_a_gateway_that_was_stopped(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path, RecordingMcp()) as gateway, connection(gateway.port) as one:
        for number in range(3):
            await ask(one, f"X-Request-ID: last-request-{number}")
        gateway.process.send_signal(signal.SIGTERM)
        await gateway.process.wait()

    log = (tmp_path / "gateway.log").read_text()
    assert [log.count(f"last-request-{number}") for number in range(3)] == [1, 1, 1]
