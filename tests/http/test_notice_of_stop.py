"""A gateway that stops loses no request that it could answer."""

import asyncio
import json
import signal
import socket
from collections.abc import Generator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.http.draining import closed_listeners
from tests.http.test_stopping import connected
from tests.support.asgi import read_body
from tests.support.gateway import CALL
from tests.support.raw import Connection, ask, connection, request
from tests.support.serving import listen, port_of
from tests.support.upstreams import RPC_RESULT, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:48")]


async def ready(port: int) -> tuple[int, str]:
    """What a new connection gets; ends it."""
    url = f"http://127.0.0.1:{port}/readyz"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, (await answer.json())["status"]


async def not_ready(port: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await ready(port) != (503, "stopping"):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


async def answered(one: Connection) -> list[bytes]:
    """The headers of a good answer to a call over that connection."""
    await one.send(request(body=CALL))
    async with asyncio.timeout(PATIENCE_SECONDS):
        status, headers = await one.head()
        await one.reader.readexactly(len(RPC_RESULT))
    assert status == 200
    return headers


@pytest.mark.thorough
async def test_during_the_notice_it_serves_everything_but_says_that_it_is_not_ready(
    tmp_path: Path,
) -> None:
    notice = {"GATEWAY_SHUTDOWN_NOTICE_SECONDS": "600"}
    async with connected(tmp_path, RecordingMcp(), **notice) as gateway:
        assert await ready(gateway.port) == (200, "ok")
        async with connection(gateway.port) as kept:
            await ask(kept)
            gateway.process.send_signal(signal.SIGTERM)
            await not_ready(gateway.port)
            assert b"connection: close" in await answered(kept)
        for _ in range(20):
            async with connection(gateway.port) as fresh:
                assert b"connection: close" in await answered(fresh)
        assert gateway.process.returncode is None


@pytest.mark.thorough
async def test_without_a_notice_open_connections_still_get_an_answer(tmp_path: Path) -> None:
    """A request may be on its way over each of them, also over one that has had none yet."""
    async with (
        connected(tmp_path, RecordingMcp()) as gateway,
        AsyncExitStack() as stack,
        connection(gateway.port) as kept,
    ):
        await ask(kept)
        fresh = await stack.enter_async_context(connection(gateway.port))
        gateway.process.send_signal(signal.SIGTERM)
        while b"connection: close" not in await answered(kept):
            with suppress(ConnectionError):  # it takes none any more
                fresh = await stack.enter_async_context(connection(gateway.port))
        assert b"connection: close" in await answered(fresh)
        assert await kept.rest() == b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await gateway.process.wait()


class SilentAfterwards(RecordingMcp):
    """Answers the first calls, and then none."""

    is_silent = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.is_silent:
            self.seen.clear()
            await read_body(receive)
            await asyncio.Event().wait()
        await super().__call__(scope, receive, send)


@pytest.mark.thorough
async def test_a_call_that_is_answered_in_callbacks_gets_an_error_too_when_time_is_up(
    tmp_path: Path,
) -> None:
    mcp = SilentAfterwards()
    drain = {"GATEWAY_SHUTDOWN_DRAIN_SECONDS": "1"}
    async with connected(tmp_path, mcp, **drain) as gateway, connection(gateway.port) as one:
        await ask(one)
        mcp.is_silent = True
        await one.send(request(body=CALL))
        await until(lambda: not mcp.seen)
        gateway.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            status, headers = await one.head()
            error = json.loads(await one.rest())["error"]
            await gateway.process.wait()

    assert status == 503
    assert {b"retry-after: 1", b"connection: close"} <= set(headers)
    assert error["data"]["reason"] == "gateway_stopping"


@pytest.mark.thorough
async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    waits = {"GATEWAY_SHUTDOWN_NOTICE_SECONDS": "600"}
    async with connected(tmp_path, RecordingMcp(), **waits) as gateway:
        gateway.process.send_signal(signal.SIGTERM)
        gateway.process.send_signal(signal.SIGTERM)  # the same: whoever stops a group tells twice
        await not_ready(gateway.port)
        await asyncio.sleep(0.6)  # what is a second signal is a matter of time
        assert gateway.process.returncode is None
        gateway.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await gateway.process.wait() == -signal.SIGTERM


@contextmanager
def ten_waiting(listener: socket.socket) -> Generator[list[socket.socket]]:
    """Connections that nobody has accepted."""
    with ExitStack() as stack:
        address = ("127.0.0.1", port_of(listener))
        yield [stack.enter_context(socket.create_connection(address)) for _ in range(10)]


@pytest.mark.parametrize("takes_waiting", [True, False], ids=["taken", "control"])
async def test_connections_that_wait_to_be_accepted_are_taken_before_the_listener_closes(
    *, takes_waiting: bool
) -> None:
    listener = listen()
    listener.listen()
    loop = asyncio.get_running_loop()
    with ten_waiting(listener) as clients:
        server = await loop.create_server(asyncio.Protocol, sock=listener, start_serving=False)
        taken = closed_listeners([server], [], takes_waiting=takes_waiting)
        assert len(taken) == (10 if takes_waiting else 0)
        for one in taken:
            one.sendall(b"here")
            one.close()
        if takes_waiting:
            assert [one.recv(4) for one in clients] == [b"here"] * 10
        else:
            with pytest.raises(ConnectionResetError):
                clients[0].recv(4)
