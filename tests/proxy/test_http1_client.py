"""What the gateway's own client does besides what ``test_upstreams`` asks of each."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from notion_gateway.kernel.errors import (
    UpstreamAborted,
    UpstreamUnreachable,
)
from notion_gateway.kernel.outbound.resolver import GuardedResolver
from notion_gateway.proxy.http1 import pool as pools
from notion_gateway.proxy.http1.answer import IncomingAnswer
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.pool import ConnectionPool, origin
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.upstream import ProxyCall, UpstreamAnswer
from tests.hostile.raw_upstream import OK, Accepted
from tests.proxy.upstream_rigs import (
    BROKEN,
    CHUNKED,
    PING,
    SOON,
    TOKEN,
    WHOLE,
    Rig,
    own,
    rig_with,
    saying,
    serves_no_other_call,
    single_bytes,
)
from tests.support.certificates import certificate
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def own_rig() -> AsyncGenerator[Rig]:
    async with rig_with("own") as made:
        yield made


@pytest.mark.parametrize(("sent", "meant"), WHOLE)
@pytest.mark.thorough
async def test_it_is_the_same_byte_by_byte(
    own_rig: Rig, sent: bytes, meant: tuple[int, bytes]
) -> None:
    own_rig.raw.serve = saying(*single_bytes(sent))
    assert await own_rig.call() == meant


async def test_the_body_of_a_provisional_answer_is_nobodys(own_rig: Rig) -> None:
    own_rig.raw.serve = saying(b"HTTP/1.1 104 X\r\nContent-Length: 5\r\n\r\nhello" + OK)
    with pytest.raises(UpstreamUnreachable):
        await own_rig.call()


@pytest.mark.parametrize("coding", [b"gzip", b"chunked, gzip", b"identity", b""])
async def test_a_transfer_coding_that_is_not_known_is_refused(own_rig: Rig, coding: bytes) -> None:
    own_rig.raw.serve = saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %b\r\n\r\nhello" % coding)
    with pytest.raises((UpstreamUnreachable, UpstreamAborted)):
        await own_rig.call()


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


async def test_a_connection_with_half_an_answer_left_serves_no_other_call(own_rig: Rig) -> None:
    """Aiohttp would take the rest of it for the next answer's beginning."""
    served = [OK + b"HTT", OK.replace(b"{}", b"[]")]
    await serves_no_other_call(own_rig, served)


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


async def test_what_was_idle_for_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEPT_SECONDS", 0.2)
    async with rig_with("own") as rig:
        await asyncio.gather(*(rig.call() for _ in range(5)))
        for peer in rig.raw.accepted:
            await until(peer.ended.is_set, SOON)
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
    async with asyncio.timeout(PATIENCE_SECONDS):
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
    await until(own_rig.raw.accepted[0].ended.is_set, SOON)


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
    upstream = Http1Upstream(pool, url, headers_timeout_seconds=PATIENCE_SECONDS)
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
        async with own(url, PATIENCE_SECONDS) as upstream:
            answer = await upstream.open(PING, TOKEN)
            parts = answer.chunks()
            read = 0
            while part := await anext(parts, b""):
                read += len(part)
                await asyncio.sleep(0.3 if read == len(part) else 0)
            answer.close()
        assert read == size
        await serving
