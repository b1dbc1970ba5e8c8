"""Nobody holds a socket by sending slowly: heads and bodies have a time to arrive in."""

import asyncio
import itertools
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from notion_gateway.http import body as request_body
from notion_gateway.http import request_limits
from tests.support.raw import CALL_HEADERS, connection, request
from tests.support.rig import Rig
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.promise("threats:34"),
    pytest.mark.usefixtures("both_ways"),
]

HEAD_BYTES = 64 * 1024


@pytest.fixture
def impatient(connected: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Times short enough to wait for; they apply to connections made from now on."""
    monkeypatch.setattr(request_limits, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.3)
    return connected


_PAGE = Path(__file__).parents[2] / "docs" / "http-api.md"


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        (request_limits.HEAD_SECONDS, 10, "A head that takes longer than ten seconds"),
        (request_limits.HEAD_BYTES, HEAD_BYTES, "one larger than 64 KiB with 431"),
        (request_body.BODY_SECONDS, 30, "The body did not arrive within 30 seconds."),
    ],
)
def test_the_limits_are_what_the_page_says(limit: float, value: float, sentence: str) -> None:
    """The tests below put shorter ones in their place, and would not miss these."""
    assert limit == value
    assert sentence in _PAGE.read_text()


# --- how long a head may take ---


@pytest.mark.parametrize("sent", [b"", b"POST /mcp/notion/proxy HTTP/1.1\r\nHost: 127"])
async def test_a_head_that_does_not_arrive_is_408_and_the_end(impatient: Rig, sent: bytes) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), connection(impatient.gateway.port) as client:
        await client.send(sent)
        status, _ = await client.head()
        assert status == 408
        assert await client.rest() == b""


async def test_a_thousand_idle_sockets_are_all_let_go(impatient: Rig) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), AsyncExitStack() as stack:
        idle = [
            await stack.enter_async_context(connection(impatient.gateway.port))
            for _ in range(1_000)
        ]
        answers = await asyncio.gather(*(client.rest() for client in idle))
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)


async def test_without_the_limit_an_idle_socket_stays(
    impatient: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "HEAD_SECONDS", 3600.0)
    async with connection(impatient.gateway.port) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await client.rest()


async def test_a_kept_connection_may_idle_between_calls_but_not_within_one(impatient: Rig) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), connection(impatient.gateway.port) as client:
        await client.send(request(body=b"{}"))
        status, lines = await client.head()
        assert status == 200
        length = next(line for line in lines if line.lower().startswith(b"content-length"))
        await client.reader.readexactly(int(length.split(b":")[1]))
        await asyncio.sleep(0.5)
        await client.send(f"POST / HTTP/1.1\r\n{CALL_HEADERS[0]}\r\n".encode())
        assert (await client.rest()).startswith(b"HTTP/1.1 408")


# --- how large a head may be ---


async def status_of(rig: Rig, head_bytes: int) -> int:
    """Of a whole call whose head has this size, in two parts. What fills it goes no further: the
    server in Notion's place has the same limit.
    """
    filled = head_bytes - len(request("X-Client-Filler: "))
    head = request("X-Client-Filler: " + "x" * filled)
    assert len(head) == head_bytes
    async with asyncio.timeout(PATIENCE_SECONDS), connection(rig.gateway.port) as client:
        await client.send(head[:-2])
        await asyncio.sleep(0.01)
        with suppress(ConnectionError):
            await client.send(head[-2:])
        status, _ = await client.head()
        return status


async def test_a_head_of_64_kib_passes_and_a_larger_one_is_431(connected: Rig) -> None:
    assert await status_of(connected, HEAD_BYTES) == 200
    assert await status_of(connected, HEAD_BYTES + 3) == 431


async def test_without_the_limit_a_head_of_any_size_is_read(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "HEAD_BYTES", 2**40)
    assert await status_of(connected, 16 * HEAD_BYTES) == 200


async def test_a_head_that_grows_without_end_is_cut_off(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "HEAD_SECONDS", 3600.0)  # that is not what ends it
    async with asyncio.timeout(PATIENCE_SECONDS), connection(connected.gateway.port) as client:
        await client.send(b"POST /mcp/notion/proxy HTTP/1.1\r\n")
        with suppress(ConnectionError):
            for number in itertools.count():
                await client.send(b"X-Filler-%d: %s\r\n" % (number, b"x" * 1000))
                await asyncio.sleep(0)


# --- how long a body may take ---


async def test_a_body_that_does_not_arrive_is_408_with_a_reason(impatient: Rig) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), connection(impatient.gateway.port) as client:
        await client.send(request("Content-Length: 100", body=b'{"half":'))
        status, _ = await client.head()
        assert status == 408
        assert b"request_timeout" in await client.reader.readuntil(b"}}}")


async def test_without_the_limit_a_body_is_waited_for(
    impatient: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 3600.0)
    async with connection(impatient.gateway.port) as client:
        await client.send(request("Content-Length: 100", body=b'{"half":'))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await client.head()
