"""Nobody holds a socket by sending slowly: heads and bodies have a time to arrive in."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from notion_gateway.http import body as request_body
from notion_gateway.http import protocol as http_protocol
from tests.support.raw import CALL_HEADERS, connection, request
from tests.support.rig import Rig

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:34")]

SOON = 5.0


@pytest.fixture
def impatient(connected: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Limits short enough to wait for; they apply to connections made from now on."""
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(http_protocol, "HEAD_BYTES", 4096)
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.3)
    return connected


@pytest.mark.parametrize("sent", [b"", b"POST /mcp/notion/proxy HTTP/1.1\r\nHost: 127"])
async def test_a_head_that_does_not_arrive_is_408_and_the_end(impatient: Rig, sent: bytes) -> None:
    async with asyncio.timeout(SOON), connection(impatient.gateway.port) as client:
        await client.send(sent)
        status, _ = await client.head()
        assert status == 408
        assert await client.rest() == b""


async def test_a_thousand_idle_sockets_are_all_let_go(impatient: Rig) -> None:
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        idle = [
            await stack.enter_async_context(connection(impatient.gateway.port))
            for _ in range(1_000)
        ]
        answers = await asyncio.gather(*(client.rest() for client in idle))
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)


async def test_without_the_limit_an_idle_socket_stays(
    impatient: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 3600.0)
    async with connection(impatient.gateway.port) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await client.rest()


async def test_a_head_that_grows_without_end_is_431(impatient: Rig) -> None:
    async with asyncio.timeout(SOON), connection(impatient.gateway.port) as client:
        fillers = b"".join(b"X-Filler-%d: %s\r\n" % (number, b"x" * 100) for number in range(40))
        await client.send(b"POST /mcp/notion/proxy HTTP/1.1\r\n" + fillers)
        assert (await client.rest()).startswith(b"HTTP/1.1 431")


async def test_a_body_that_does_not_arrive_is_408_with_a_reason(impatient: Rig) -> None:
    async with asyncio.timeout(SOON), connection(impatient.gateway.port) as client:
        await client.send(request("Content-Length: 100", body=b'{"half":'))
        status, _ = await client.head()
        assert status == 408
        assert b"request_timeout" in await client.reader.readuntil(b"}}}")


async def test_a_kept_connection_may_idle_between_calls_but_not_within_one(impatient: Rig) -> None:
    async with asyncio.timeout(SOON), connection(impatient.gateway.port) as client:
        await client.send(request(body=b"{}"))
        status, lines = await client.head()
        assert status == 200
        length = next(line for line in lines if line.lower().startswith(b"content-length"))
        await client.reader.readexactly(int(length.split(b":")[1]))
        await asyncio.sleep(0.5)
        await client.send(f"POST / HTTP/1.1\r\n{CALL_HEADERS[0]}\r\n".encode())
        assert (await client.rest()).startswith(b"HTTP/1.1 408")
