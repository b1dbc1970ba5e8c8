"""What every way to carry a call to Notion does, whatever the server answers: one suite for the
gateway's own client and for aiohttp's, which is also what the own one is compared with.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from notion_gateway.kernel.errors import (
    UpstreamAborted,
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.outbound.resolver import GuardedResolver
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.aiohttp_upstream import WRITTEN_BY_CALLER, AiohttpUpstream
from notion_gateway.proxy.http1 import pool as pools
from notion_gateway.proxy.http1.answer import HELD_BYTES, IncomingAnswer
from notion_gateway.proxy.http1.connection import HEAD_BYTES, Connection
from notion_gateway.proxy.http1.pool import ConnectionPool, origin
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.upstream import ProxyCall, Upstream, UpstreamAnswer
from tests.hostile.raw_upstream import OK, Accepted, RawUpstream, answer_all
from tests.support.certificates import certificate
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

TOKEN = Secret("access-token")
PING = ProxyCall("POST", [(b"accept", b"*/*")], b'{"method":"ping"}')


@dataclass
class Rig:
    upstream: Upstream
    raw: RawUpstream

    async def call(self, call: ProxyCall = PING) -> tuple[int, bytes]:
        answer = await self.upstream.open(call, TOKEN)
        try:
            return answer.status, await whole(answer)
        finally:
            answer.close()


async def whole(answer: UpstreamAnswer) -> bytes:
    return b"".join([part async for part in answer.chunks()])


@asynccontextmanager
async def own(url: str, headers_timeout_seconds: float) -> AsyncGenerator[Upstream]:
    pool = ConnectionPool(origin(url), allow_private=True)
    yield Http1Upstream(pool, url, headers_timeout_seconds=headers_timeout_seconds)
    await pool.close()


@asynccontextmanager
async def by_aiohttp(url: str, headers_timeout_seconds: float) -> AsyncGenerator[Upstream]:
    async with http_session(allow_private=True, without_headers=WRITTEN_BY_CALLER) as session:
        yield AiohttpUpstream(session, url, headers_timeout_seconds=headers_timeout_seconds)


WAYS = {"own": own, "aiohttp": by_aiohttp}


@asynccontextmanager
async def rig_with(way: str, headers_timeout_seconds: float = 10) -> AsyncGenerator[Rig]:
    raw = RawUpstream()
    server = await asyncio.start_server(raw, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    async with WAYS[way](url, headers_timeout_seconds) as upstream:
        yield Rig(upstream, raw)
    server.close()
    for peer in raw.accepted:
        peer.reset()


@pytest.fixture(params=WAYS)
async def rig(request: pytest.FixtureRequest) -> AsyncGenerator[Rig]:
    async with rig_with(request.param) as made:
        yield made


@pytest.fixture
async def own_rig() -> AsyncGenerator[Rig]:
    async with rig_with("own") as made:
        yield made


def saying(*parts: bytes, end: bool = True) -> Callable[[Accepted], Awaitable[None]]:
    """Takes one request, answers in these parts, and closes or waits for the other side."""

    async def serve(peer: Accepted) -> None:
        await peer.request()
        for part in parts:
            peer.write(part)
            await asyncio.sleep(0.01)  # so that each arrives by itself
        if not end:
            await peer.left()

    return serve


def single_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", (200, b"hello")),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", (200, b"")),
    (b"HTTP/1.1 404 Not Found\r\ncontent-length:3\r\n\r\nno!", (404, b"no!")),
    (b"HTTP/1.1 599 \r\nContent-Length: 1\r\n\r\nx", (599, b"x")),
    (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", (200, b"hello")),
    (CHUNKED + b"5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-T: t\r\n\r\n", (200, b"hello world")),
    (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", (200, b"until the end")),
    (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", (200, b"until the end")),
    (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
    (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", (202, b"")),
    (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + OK,
        (200, b"{}"),
    ),
]


@pytest.mark.parametrize(("sent", "meant"), WHOLE)
async def test_an_answer_is_read_as_it_is_framed(
    rig: Rig, sent: bytes, meant: tuple[int, bytes]
) -> None:
    rig.raw.serve = saying(sent)
    assert await rig.call() == meant


@pytest.mark.parametrize(("sent", "meant"), WHOLE)
@pytest.mark.thorough
async def test_it_is_the_same_byte_by_byte(
    own_rig: Rig, sent: bytes, meant: tuple[int, bytes]
) -> None:
    own_rig.raw.serve = saying(*single_bytes(sent))
    assert await own_rig.call() == meant


NONE = [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Len",
    b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"x" * (3 * HEAD_BYTES),
    b"HTTP/1.1 104 X\r\nContent-Length: 5\r\n\r\nhello" + OK,
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
]


@pytest.mark.parametrize("sent", NONE)
async def test_what_is_no_answer_is_said_to_be_none(own_rig: Rig, sent: bytes) -> None:
    own_rig.raw.serve = saying(sent)
    with pytest.raises((UpstreamUnreachable, UpstreamUnsuitable)):
        await own_rig.call()


@pytest.mark.parametrize("coding", [b"gzip", b"chunked, gzip", b"identity", b""])
async def test_a_transfer_coding_that_is_not_known_is_refused(own_rig: Rig, coding: bytes) -> None:
    own_rig.raw.serve = saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %b\r\n\r\nhello" % coding)
    with pytest.raises((UpstreamUnreachable, UpstreamAborted)):
        await own_rig.call()


BROKEN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    CHUNKED + b"5\r\nhello\r\n",
    CHUNKED + b"5\r\nhello\r\nzz\r\n",
]


async def parts_of(answer: UpstreamAnswer, parts: list[bytes]) -> None:
    async for part in answer.chunks():
        parts.append(part)  # noqa: PERF401 - what came before a fault counts


@pytest.mark.parametrize("sent", BROKEN)
async def test_an_answer_that_breaks_off_has_no_end_but_all_that_came(
    own_rig: Rig, sent: bytes
) -> None:
    own_rig.raw.serve = saying(sent)
    answer = await own_rig.upstream.open(PING, TOKEN)
    parts: list[bytes] = []
    with pytest.raises(UpstreamAborted):
        await parts_of(answer, parts)
    answer.close()
    assert parts == [b"hello"]


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
    async with asyncio.timeout(5):
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


@pytest.mark.parametrize(
    "call",
    [
        ProxyCall("POST", [(b"x", b"a\r\nx-user-id: admin")], b"{}"),
        ProxyCall("POST", [(b"x", b"a\nb")], b"{}"),
        ProxyCall("POST", [(b"x", b"a\rb")], b"{}"),
        ProxyCall("POST", [(b"x: y\r\nz", b"a")], b"{}"),
        ProxyCall("POST", [], b"{}", b"a HTTP/1.1\r\nx: y"),
    ],
)
async def test_no_header_makes_two(own_rig: Rig, call: ProxyCall) -> None:
    with pytest.raises(UpstreamUnreachable):
        await own_rig.call(call)
    assert own_rig.raw.received == []


async def test_one_connection_serves_one_call_after_the_other(rig: Rig) -> None:
    for _ in range(5):
        assert await rig.call() == (200, b"{}")
    assert len(rig.raw.accepted) == 1


async def test_a_connection_with_half_an_answer_left_serves_no_other_call(own_rig: Rig) -> None:
    """Aiohttp would take the rest of it for the next answer's beginning."""
    served = [OK + b"HTT", OK.replace(b"{}", b"[]")]
    await serves_no_other_call(own_rig, served)


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


async def serves_no_other_call(rig: Rig, served: list[bytes]) -> None:
    async def serve(peer: Accepted) -> None:
        while True:
            await peer.request()
            peer.write(served.pop(0))

    rig.raw.serve = serve
    assert await rig.call() == (200, b"{}")
    assert await rig.call() == (200, b"[]")
    assert len(rig.raw.accepted) == 2


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


async def test_without_the_look_what_came_unasked_would_be_an_answer(
    own_rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control. Nothing is read between the writing and the call: the loop has no turn."""
    assert await own_rig.call() == (200, b"{}")
    own_rig.raw.accepted[0].write(OK.replace(b"{}", b"!!"))
    assert isinstance(own_rig.upstream, Http1Upstream)
    kept = await own_rig.upstream.pool.kept()
    assert kept is None

    def alive(_: Connection) -> bool:
        return True

    monkeypatch.setattr(Connection, "seems_alive", alive)
    assert await own_rig.call() == (200, b"{}")
    own_rig.raw.accepted[1].write(OK.replace(b"{}", b"!!"))
    assert await own_rig.call() == (200, b"!!")


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
        await asyncio.wait_for(rig.raw.accepted[0].ended.wait(), 5)
        rig.raw.serve = slow
        assert await rig.call() == (200, b"a")


async def test_a_caller_that_is_cancelled_takes_the_connection_along(rig: Rig) -> None:
    rig.raw.serve = saying(end=False)
    calling = asyncio.create_task(rig.call())
    await until(lambda: len(rig.raw.received) == 1)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await asyncio.wait_for(rig.raw.accepted[0].ended.wait(), 5)


async def test_an_answer_that_is_closed_early_takes_the_connection_along(rig: Rig) -> None:
    rig.raw.serve = saying(CHUNKED + b"1\r\na\r\n", end=False)
    answer = await rig.upstream.open(PING, TOKEN)
    answer.close()
    await asyncio.wait_for(rig.raw.accepted[0].ended.wait(), 5)


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


async def test_what_was_idle_for_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEPT_SECONDS", 0.2)
    async with rig_with("own") as rig:
        await asyncio.gather(*(rig.call() for _ in range(5)))
        for peer in rig.raw.accepted:
            await asyncio.wait_for(peer.ended.wait(), 5)
        assert await rig.call() == (200, b"{}")


async def test_no_more_are_kept_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEPT_CONNECTIONS", 3)
    async with rig_with("own") as rig:
        await asyncio.gather(*(rig.call() for _ in range(10)))
        await until(lambda: sum(not peer.ended.is_set() for peer in rig.raw.accepted) == 3)


async def test_closing_ends_calls_under_way_and_what_is_kept(own_rig: Rig) -> None:
    own_rig.raw.serve = saying(end=False)
    assert isinstance(own_rig.upstream, Http1Upstream)
    calling = [asyncio.create_task(own_rig.call()) for _ in range(3)]
    await until(lambda: len(own_rig.raw.received) == 3)
    await own_rig.upstream.pool.close()
    ends = await asyncio.gather(*calling, return_exceptions=True)
    assert [type(end) for end in ends] == [UpstreamUnreachable] * 3
    assert len(own_rig.upstream.pool) == 0


async def test_what_frames_a_body_has_a_limit(own_rig: Rig) -> None:
    """A trailer that goes on and on would be kept, and copied with each piece of it."""

    async def endless(peer: Accepted) -> None:
        await peer.request()
        peer.write(CHUNKED + b"2\r\nhi\r\n0\r\nX: ")
        while True:
            peer.write(b"x" * 65536)
            await peer.writer.drain()

    own_rig.raw.serve = endless
    async with asyncio.timeout(10):
        with pytest.raises(UpstreamAborted):
            await own_rig.call()


async def test_a_long_stream_of_small_events_is_not_taken_for_framing(own_rig: Rig) -> None:
    async def events(peer: Accepted) -> None:
        await peer.request()
        peer.write(CHUNKED)
        for _ in range(200):
            peer.write(b"1;x=y\r\na\r\n" * 200)
            await peer.writer.drain()
        peer.write(b"0\r\n\r\n")

    own_rig.raw.serve = events
    assert await own_rig.call() == (200, b"a" * 40_000)


async def test_one_call_tries_one_kept_connection_and_one_new_one(own_rig: Rig) -> None:
    """Not every one that is kept: they are other callers' too."""
    together = asyncio.Event()

    async def serve(peer: Accepted) -> None:
        await peer.request()
        await together.wait()
        peer.write(OK)
        await peer.request()  # and closes

    own_rig.raw.serve = serve
    calls = [asyncio.create_task(own_rig.call()) for _ in range(10)]
    await until(lambda: len(own_rig.raw.received) == 10)
    together.set()
    await asyncio.gather(*calls)
    assert await own_rig.call(ProxyCall("GET", [], b"")) == (200, b"{}")
    assert len(own_rig.raw.received) == 12


async def test_headers_that_came_in_time_count_though_nobody_has_looked_yet() -> None:
    answer = IncomingAnswer(nothing, nothing, nothing)
    answer.head_came(200, [])
    answer.head_is_late()
    answer.part_came(b"{}")
    answer.ended()
    assert await answer.read() == b"{}"
    assert await answer.read() == b""


def nothing() -> None:
    pass


async def test_a_closed_pool_opens_nothing(own_rig: Rig) -> None:
    async def serve(peer: Accepted) -> None:
        await peer.request()
        peer.write(OK)
        await peer.request()
        await peer.left()

    own_rig.raw.serve = serve
    assert isinstance(own_rig.upstream, Http1Upstream)
    pool = own_rig.upstream.pool
    await own_rig.call()
    calling = asyncio.create_task(own_rig.call(ProxyCall("GET", [], b"")))
    await until(lambda: len(own_rig.raw.received) == 2)
    await pool.close()
    with pytest.raises(UpstreamUnreachable):
        await calling
    with pytest.raises(UpstreamUnreachable):
        await own_rig.call()
    assert len(pool) == 0
    assert len(own_rig.raw.accepted) == 1


async def test_what_is_too_old_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody has swept yet."""
    async with rig_with("own") as rig:
        await rig.call()
        monkeypatch.setattr(pools, "KEPT_SECONDS", 0.0)
        await rig.call()
        assert len(rig.raw.accepted) == 2


async def test_a_caller_who_leaves_while_a_connection_is_looked_at_leaves_none_behind(
    own_rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await own_rig.call()

    def unknown(_: Connection) -> None:
        return None

    monkeypatch.setattr(Connection, "seems_alive", unknown)
    calling = asyncio.create_task(own_rig.call())
    await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await asyncio.wait_for(own_rig.raw.accepted[0].ended.wait(), 5)


class SlowResolver(AbstractResolver):
    """Finds nothing, after a while."""

    asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del port, family
        self.asked += 1
        await asyncio.sleep(0.2)
        raise OSError(f"{host} has no address")

    async def close(self) -> None:
        pass


async def test_all_who_wait_for_a_name_share_what_becomes_of_it() -> None:
    inner = SlowResolver()
    url = "http://notion.example/mcp"
    pool = ConnectionPool(
        origin(url),
        allow_private=True,
        resolver=GuardedResolver(allow_private=True, inner=inner),
    )
    upstream = Http1Upstream(pool, url, headers_timeout_seconds=5)
    first = asyncio.create_task(upstream.open(PING, TOKEN))
    others = [asyncio.create_task(upstream.open(PING, TOKEN)) for _ in range(9)]
    await asyncio.sleep(0.05)
    first.cancel()
    ends = await asyncio.gather(*others, return_exceptions=True)
    assert {type(end) for end in ends} == {UpstreamUnreachable}
    assert inner.asked == 1
    await pool.close()


@pytest.mark.parametrize("size", [250_000, 400_000, 1_500_000])
async def test_over_tls_a_slow_reader_gets_an_answer_whose_server_has_left(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uvloop drops what TLS has read and nobody has taken, where the socket has ended."""
    tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            with (
                contextlib.suppress(OSError),
                tls.wrap_socket(accepted, server_side=True) as secured,
            ):
                secured.recv(65536)
                secured.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % size
                    + b"x" * size
                )
                secured.settimeout(0)
                secured.unwrap()  # says goodbye, and waits for none

        serving = asyncio.create_task(asyncio.to_thread(serve))
        url = f"https://localhost:{listener.getsockname()[1]}/mcp"
        async with own(url, 5) as upstream:
            answer = await upstream.open(PING, TOKEN)
            parts = answer.chunks()
            read = 0
            while part := await anext(parts, b""):
                read += len(part)
                await asyncio.sleep(0.3 if read == len(part) else 0)
            answer.close()
        assert read == size
        await serving
