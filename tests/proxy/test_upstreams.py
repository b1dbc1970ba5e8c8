"""What every way to carry a call to Notion does, whatever the server answers: one suite for the
gateway's own client and for aiohttp's, which is also what the own one is compared with.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from notion_gateway.kernel.errors import (
    UpstreamAborted,
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
)
from notion_gateway.proxy.http1.answer import HELD_BYTES
from notion_gateway.proxy.upstream import ProxyCall
from tests.hostile.raw_upstream import OK, Accepted, RawUpstream, answer_all
from tests.proxy.upstream_rigs import (
    BROKEN,
    CHUNKED,
    NONE,
    PING,
    SOON,
    TOKEN,
    WAYS,
    WHOLE,
    Rig,
    rig_with,
    saying,
    serves_no_other_call,
)
from tests.support.certificates import certificate
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio


@pytest.fixture(params=WAYS)
async def rig(request: pytest.FixtureRequest) -> AsyncGenerator[Rig]:
    async with rig_with(request.param) as made:
        yield made


@pytest.mark.parametrize(("sent", "meant"), WHOLE)
async def test_an_answer_is_read_as_it_is_framed(
    rig: Rig, sent: bytes, meant: tuple[int, bytes]
) -> None:
    rig.raw.serve = saying(sent)
    assert await rig.call() == meant


@pytest.mark.parametrize("sent", NONE)
async def test_what_is_no_answer_is_said_to_be_none(rig: Rig, sent: bytes) -> None:
    rig.raw.serve = saying(sent)
    with pytest.raises((UpstreamUnreachable, UpstreamUnsuitable)):
        await rig.call()


@pytest.mark.parametrize("sent", BROKEN[:2])
async def test_an_answer_that_breaks_off_is_not_whole(rig: Rig, sent: bytes) -> None:
    rig.raw.serve = saying(sent)
    with pytest.raises(UpstreamAborted):
        await rig.call()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 600, 999])
async def test_redirects_and_what_http_does_not_have_are_refused(rig: Rig, status: int) -> None:
    rig.raw.serve = saying(
        b"HTTP/1.1 %d X\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"
        % status
    )
    with pytest.raises((UpstreamUnsuitable, UpstreamUnreachable)):
        await rig.call()
    assert len(rig.raw.received) == 1


async def test_an_answer_to_head_has_no_body_whatever_it_says(rig: Rig) -> None:
    rig.raw.serve = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", end=False)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await rig.call(ProxyCall("HEAD", [], b"")) == (200, b"")


async def test_a_request_is_what_was_asked_for_and_the_token(rig: Rig) -> None:
    headers = [(b"x-one", b"caf\xe9"), (b"x-two", b"a"), (b"x-two", b"b"), (b"accept", b"*/*")]
    await rig.call(ProxyCall("POST", headers, b"{}", b"a=%20b&c"))
    await rig.call(ProxyCall("GET", [(b"accept", b"text/event-stream")], b""))
    await rig.call(ProxyCall("DELETE", [], b""))

    post, get, delete = rig.raw.received
    assert post.line == b"POST /mcp?a=%20b&c HTTP/1.1"
    assert (post.values(b"x-two"), post.values(b"content-length")) == ([b"a", b"b"], [b"2"])
    assert post.values(b"x-one")[0] in (b"caf\xe9", "café".encode())
    assert get.values(b"content-length") == []
    for one in (post, get, delete):
        assert one.values(b"authorization") == [b"Bearer access-token"]
        assert len(one.values(b"host")) == 1
        assert not one.values(b"accept-encoding")


async def test_one_connection_serves_one_call_after_the_other(rig: Rig) -> None:
    for _ in range(5):
        assert await rig.call() == (200, b"{}")
    assert len(rig.raw.accepted) == 1


@pytest.mark.parametrize(
    "first",
    [
        OK + OK,  # a second answer to one request
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
async def test_a_connection_of_which_something_is_left_serves_no_other_call(
    rig: Rig, first: bytes
) -> None:
    await serves_no_other_call(rig, [first, OK.replace(b"{}", b"[]")])


@pytest.mark.parametrize("unasked", [OK, b"x", None])
async def test_what_comes_while_nobody_asks_is_nobodys_answer(
    rig: Rig, unasked: bytes | None
) -> None:
    """It has come, and the loop has not read it yet, when the next call looks for a connection."""
    assert await rig.call() == (200, b"{}")
    first = rig.raw.accepted[0]
    if unasked is None:
        first.writer.close()
    else:
        first.write(unasked)
    for _ in range(20):
        await asyncio.sleep(0)
    rig.raw.serve = saying(OK.replace(b"{}", b"[]"))
    assert await rig.call() == (200, b"[]")
    assert len(rig.raw.received) == 2


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_what_may_be_sent_twice_is_where_a_kept_connection_has_just_ended(
    rig: Rig, method: str
) -> None:
    async def serve(peer: Accepted) -> None:
        await peer.request()
        peer.write(OK)
        if peer is rig.raw.accepted[0]:
            await peer.request()  # and closes

    rig.raw.serve = serve
    await rig.call()
    call = ProxyCall(method, [], b"{}" if method == "POST" else b"")
    if method == "POST":
        with pytest.raises(UpstreamUnreachable):
            await rig.call(call)
        assert len(rig.raw.received) == 2
    else:
        assert await rig.call(call) == (200, b"{}")
        assert len(rig.raw.received) == 3


@pytest.mark.parametrize("way", WAYS)
async def test_only_the_wait_for_headers_is_limited(way: str) -> None:
    async def silent(peer: Accepted) -> None:
        await peer.request()
        await peer.left()

    async def slow(peer: Accepted) -> None:
        await peer.request()
        peer.write(CHUNKED)
        for part in (b"1\r\na\r\n", b"0\r\n\r\n"):
            await asyncio.sleep(0.5)
            peer.write(part)

    async with rig_with(way, headers_timeout_seconds=0.3) as rig:
        rig.raw.serve = silent
        with pytest.raises(UpstreamTimeout):
            await rig.call()
        await until(rig.raw.accepted[0].ended.is_set, SOON)
        rig.raw.serve = slow
        assert await begun_in_time(rig) == (200, b"a")


async def begun_in_time(rig: Rig) -> tuple[int, bytes]:
    """An answer whose head came within the limit: on a busy machine not always the first one's."""
    while True:
        with contextlib.suppress(UpstreamTimeout):
            return await rig.call()


async def test_a_caller_that_is_cancelled_takes_the_connection_along(rig: Rig) -> None:
    rig.raw.serve = saying(end=False)
    calling = asyncio.create_task(rig.call())
    await until(lambda: len(rig.raw.received) == 1)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await until(rig.raw.accepted[0].ended.is_set, SOON)


async def test_an_answer_that_is_closed_early_takes_the_connection_along(rig: Rig) -> None:
    rig.raw.serve = saying(CHUNKED + b"1\r\na\r\n", end=False)
    answer = await rig.upstream.open(PING, TOKEN)
    answer.close()
    await until(rig.raw.accepted[0].ended.is_set, SOON)


async def test_a_server_that_nobody_reads_is_held_back(rig: Rig) -> None:
    piece, sent = b"x" * 65536, 0

    async def endless(peer: Accepted) -> None:
        nonlocal sent
        await peer.request()
        peer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 200 * HELD_BYTES:
            peer.write(piece)
            sent += len(piece)
            await peer.writer.drain()

    rig.raw.serve = endless
    answer = await rig.upstream.open(PING, TOKEN)
    parts = answer.chunks()
    await anext(parts)
    held_at = -1
    while held_at != sent:  # until nothing moves for a while
        held_at = sent
        await asyncio.sleep(0.3)
    assert sent < 200 * HELD_BYTES
    read = len(piece)
    async for part in parts:
        read += len(part)
    assert read >= 200 * HELD_BYTES - len(piece)
    answer.close()


async def test_a_large_body_arrives_whole(rig: Rig) -> None:
    body = bytes(range(256)) * 20_000
    assert await rig.call(ProxyCall("POST", [], body)) == (200, b"{}")
    assert rig.raw.received[0].body == body
    await rig.call()
    assert len(rig.raw.accepted) == 1


async def test_an_answer_before_the_body_has_left_is_passed_on(rig: Rig) -> None:
    async def early(peer: Accepted) -> None:
        await peer.head()
        peer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await asyncio.sleep(0.2)

    rig.raw.serve = early
    answer = await rig.upstream.open(ProxyCall("POST", [], b"x" * 50_000_000), TOKEN)
    assert answer.status == 413
    answer.close()
    rig.raw.serve = answer_all
    assert await rig.call() == (200, b"{}")


@pytest.mark.parametrize("way", WAYS)
async def test_a_server_that_is_not_there_is_unreachable(way: str) -> None:
    async with WAYS[way]("http://127.0.0.1:1/mcp", 5) as upstream:
        with pytest.raises(UpstreamUnreachable):
            await upstream.open(PING, TOKEN)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "trusted"), [("localhost", True), ("localhost", False), ("127.0.0.1", True)]
)
async def test_a_server_has_to_show_a_trusted_certificate_for_its_name(
    way: str, name: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    raw = RawUpstream()
    server = await asyncio.start_server(raw, "127.0.0.1", 0, ssl=tls)
    url = f"https://{name}:{server.sockets[0].getsockname()[1]}/mcp"
    async with WAYS[way](url, 5) as upstream:
        rig = Rig(upstream, raw)
        if name == "localhost" and trusted:
            assert [await rig.call() for _ in range(3)] == [(200, b"{}")] * 3
            assert len(raw.accepted) == 1
        else:
            with pytest.raises(UpstreamUnreachable):
                await rig.call()
            assert raw.received == []
    server.close()
