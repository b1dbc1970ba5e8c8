"""413 at four mebibytes, however the length is told; and requests that cannot be told apart."""

import asyncio
import contextlib
import io
from collections.abc import AsyncGenerator

import httpx2
import pytest

from notion_gateway.http import body as request_body
from tests.support.figures import Figure
from tests.support.gateway import PROXY
from tests.support.raw import connection, request
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.promise("threats:38"),
    pytest.mark.usefixtures("both_ways"),
]

LIMIT = 4 * 1024 * 1024
HEADERS = {"X-User-ID": "ada", "X-Space-ID": "team"}


async def pieces(size: int) -> AsyncGenerator[bytes]:
    """A body whose length nobody tells beforehand."""
    while size > 0:
        yield b"x" * min(size, 65_536)
        size -= 65_536


@pytest.mark.parametrize("chunked", [False, True])
async def test_exactly_four_mebibytes_pass(
    connected: Rig, upstream: RecordingMcp, chunked: bool
) -> None:
    body = pieces(LIMIT) if chunked else io.BytesIO(b"x" * LIMIT)
    answer = await connected.caller.call("team", body)

    assert answer.status == 200
    assert upstream.last.body == b"x" * LIMIT


@pytest.mark.parametrize("size", [LIMIT + 1, 20_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_one_byte_more_is_413_also_for_a_client_that_sends_it_all_first(
    connected: Rig, upstream: RecordingMcp, chunked: bool, size: int, figure: Figure
) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        refused = await http.post(
            connected.gateway.url + PROXY,
            headers=HEADERS,
            content=pieces(size) if chunked else b"x" * size,
        )

    assert refused.status_code == 413
    assert refused.json()["error"]["data"]["reason"] == "request_too_large"
    assert upstream.seen == []
    figure("{} bodies that are too large: {} reached Notion", 1, len(upstream.seen))


async def test_a_length_that_is_too_large_is_refused_before_the_body_has_come(
    connected: Rig,
) -> None:
    async with connection(connected.gateway.port) as raw, asyncio.timeout(PATIENCE_SECONDS):
        await raw.send(request(f"Content-Length: {LIMIT + 1}"))
        status, _ = await raw.head()

    assert status == 413


async def test_an_endless_chunked_body_is_cut_off_after_a_while(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "_LINGER_SECONDS", 0.2)
    async with connection(connected.gateway.port) as raw:
        await raw.send(request("Transfer-Encoding: chunked"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            with contextlib.suppress(ConnectionError):
                while True:
                    await raw.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


async def test_bytes_beyond_the_promised_length_are_no_part_of_the_call(
    connected: Rig, upstream: RecordingMcp
) -> None:
    async with connection(connected.gateway.port) as raw:
        await raw.send(request("Content-Length: 2") + b"{}" + b"x" * 100_000)
        answers = await raw.rest()

    assert [one.body for one in upstream.seen] == [b"{}"]
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "framing",
    [
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length: -1",),
        ("Content-Length: +2",),
        ("Content-Length: 0x2",),
        ("Content-Length: 99999999999999999999999",),
        ("Transfer-Encoding: gzip",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: xchunked",),
    ],
)
async def test_a_length_that_can_be_read_in_two_ways_is_refused(
    connected: Rig, upstream: RecordingMcp, framing: tuple[str, ...]
) -> None:
    async with connection(connected.gateway.port) as raw, asyncio.timeout(PATIENCE_SECONDS):
        await raw.send(request(*framing) + b"{}\r\n\r\n")
        status, _ = await raw.head()

    assert status in {400, 413}
    assert upstream.seen == []


@pytest.mark.parametrize("header", ["X-Bad: a\x00b", "X-Bad\x0b: a", " X-Bad: folded", "X Bad: a"])
async def test_a_malformed_header_is_refused(
    connected: Rig, upstream: RecordingMcp, header: str
) -> None:
    async with connection(connected.gateway.port) as raw, asyncio.timeout(PATIENCE_SECONDS):
        await raw.send(request(header))
        status, _ = await raw.head()

    assert status == 400
    assert upstream.seen == []


async def test_a_body_that_breaks_off_goes_nowhere(connected: Rig, upstream: RecordingMcp) -> None:
    async with connection(connected.gateway.port) as raw:
        await raw.send(request("Content-Length: 100") + b'{"id":1}')
    assert (await connected.caller.call("team")).status == 200

    assert len(upstream.seen) == 1
