"""What comes after a request's head: it is that request's body, or nobody's."""

import asyncio
import contextlib
import tracemalloc
from pathlib import Path

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from notion_gateway.http import request_limits, server
from tests.hostile.corpus import CHUNKED, OFFER, SMUGGLED, lines, post
from tests.hostile.raw_upstream import RawUpstream, in_place_of
from tests.hostile.test_smuggling import heard
from tests.support.gateway import PROXY
from tests.support.raw import CALL_HEADERS, Connection, connection
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:40")]

LENGTH = f"Content-Length: {len(SMUGGLED)}"
ANONYMOUS = (f"POST {PROXY} HTTP/1.1", "Host: 127.0.0.1")
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("data", [LENGTH, "Content-Length: 99999999"])
async def test_the_body_of_a_refused_call_is_not_the_next_call(
    connected: Rig, raw: RawUpstream, data: str
) -> None:
    for head in (lines(*ANONYMOUS, data), post("X-Space-ID: other", data)):
        for pieces in ([head + SMUGGLED], [head, SMUGGLED]):
            answer = await heard(connected, pieces)

            assert answer.count(b"HTTP/1.1 ") == 1
            assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 413"))
    assert raw.accepted == []


async def test_a_call_sent_ahead_is_never_mixed_with_the_one_before(
    connected: Rig, raw: RawUpstream
) -> None:
    first, second = post("Content-Length: 2", body=b"{}"), post("Content-Length: 3", body=b"[1]")
    for pieces in ([first + second], [first, second], [first + second[:40], second[40:]]):
        answer = await heard(connected, pieces)
        assert answer.count(b"HTTP/1.1 200") == answer.count(b"HTTP/1.1 ") in {1, 2}

    bodies = [one.body for one in raw.received]
    assert bodies.count(b"{}") == 3
    assert set(bodies) <= {b"{}", b"[1]"}
    assert raw.left_over == b""


async def test_a_body_behind_an_offer_to_upgrade_would_be_the_next_call_without_the_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: uvicorn's own protocol."""
    monkeypatch.setattr(server, "LimitedHttpProtocol", HttpToolsProtocol)
    async with a_rig(tmp_path, monkeypatch) as rig:
        await rig.caller.connect("team")
        async with in_place_of(rig.notion) as raw, connection(rig.gateway.port) as client:
            await client.send(post(*OFFER, LENGTH))
            await client.reader.readuntil(b"\r\n\r\n{}")
            await client.send(SMUGGLED)
            await client.reader.readuntil(b"\r\n\r\n{}")

    assert [one.body for one in raw.received] == [b"", b"smuggled"]


TRAILERS = ("X-Trailer: 1", "Mcp-Name: smuggled", "Authorization: Bearer smuggled", "Cookie: a=1")


async def test_trailers_are_no_headers(connected: Rig, raw: RawUpstream) -> None:
    chunked = b"2\r\n{}\r\n0\r\n" + lines(*TRAILERS)
    for pieces in ([post(CHUNKED) + chunked], [post(CHUNKED), chunked]):
        assert (await heard(connected, pieces)).startswith(b"HTTP/1.1 200")

    for one in raw.received:
        assert one.body == b"{}"
        assert one.values(b"x-trailer") == one.values(b"mcp-name") == []
        assert b"smuggled" not in b"".join(one.values(b"authorization"))


@pytest.mark.parametrize("trailer", CALL_HEADERS[1:])
async def test_nobody_is_who_a_trailer_says(connected: Rig, raw: RawUpstream, trailer: str) -> None:
    others = [one for one in CALL_HEADERS if one != trailer]
    head = lines(f"POST {PROXY} HTTP/1.1", *others, CHUNKED)
    answer = await heard(connected, [head + b"2\r\n{}\r\n0\r\n" + lines(trailer)])

    assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 403"))
    assert raw.accepted == []


async def flood(client: Connection, piece: bytes, mebibytes: int) -> bool:
    """Whether the gateway cut the connection before it had taken this much."""
    try:
        for _ in range(mebibytes * MEBIBYTE // len(piece)):
            await client.send(piece)
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize(
    ("opening", "more"),
    [
        (b"0\r\nX: ", b"x" * 65_536),
        (b"0\r\n", b"X: x\r\n" * 10_000),
        (b"2;", b"x" * 65_536),
        (b"", b"1;" + b"x" * 100 + b"\r\n{\r\n"),
    ],
    ids=["an endless trailer", "endless trailers", "an endless extension", "extensions"],
)
@pytest.mark.parametrize("known", [True, False])
async def test_framing_without_end_is_cut_off_before_it_costs_memory(
    connected: Rig, opening: bytes, more: bytes, known: bool
) -> None:
    head = post(CHUNKED) if known else lines(*ANONYMOUS, CHUNKED)
    tracemalloc.start()
    try:
        async with connection(connected.gateway.port) as client, asyncio.timeout(PATIENCE_SECONDS):
            await client.send(head + opening)
            assert await flood(client, more, 32)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEBIBYTE


async def test_a_body_in_chunks_of_one_byte_passes_whole(connected: Rig, raw: RawUpstream) -> None:
    body = b"0123456789abcdef" * 4096
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert (await heard(connected, [post(CHUNKED) + chunks])).startswith(b"HTTP/1.1 200")

    assert [one.body for one in raw.received] == [body]


@pytest.mark.promise("threats:34")
async def test_the_rest_of_a_call_that_was_answered_early_has_a_time_to_arrive_in(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "REST_SECONDS", 0.3)
    async with connection(connected.gateway.port) as client, asyncio.timeout(PATIENCE_SECONDS):
        await client.send(lines(*ANONYMOUS, "Content-Length: 1000000"))
        status, _ = await client.head()
        assert status == 401
        with contextlib.suppress(ConnectionError):
            while True:  # one byte now and then would hold the socket for good
                await client.send(b"x")
                await asyncio.sleep(0.05)


async def test_without_the_limit_one_byte_now_and_then_holds_the_socket(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert request_limits.REST_SECONDS <= request_limits.HEAD_SECONDS
    monkeypatch.setattr(request_limits, "REST_SECONDS", 3600.0)
    async with connection(connected.gateway.port) as client, asyncio.timeout(PATIENCE_SECONDS):
        await client.send(lines(*ANONYMOUS, "Content-Length: 1000000"))
        status, _ = await client.head()
        assert status == 401
        for _ in range(20):
            await client.send(b"x")
            await asyncio.sleep(0.05)


@pytest.mark.promise("threats:34")
async def test_a_connection_whose_rest_arrived_in_time_is_kept(
    connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "REST_SECONDS", 0.2)
    async with connection(connected.gateway.port) as client, asyncio.timeout(PATIENCE_SECONDS):
        await client.send(lines(*ANONYMOUS, "Content-Length: 4"))
        await client.reader.readuntil(b"}}}")
        await client.send(b"rest")
        await asyncio.sleep(0.4)
        await client.send(post("Content-Length: 2", body=b"{}"))
        assert (await client.head())[0] == 200

    assert [one.body for one in raw.received] == [b"{}"]
