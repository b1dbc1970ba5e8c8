"""A server of bare sockets, and each way to carry a call to it; answers that are in order, broken,
or none.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.aiohttp_upstream import WRITTEN_BY_CALLER, AiohttpUpstream
from notion_gateway.proxy.http1.connection import HEAD_BYTES
from notion_gateway.proxy.http1.pool import KEPT_SECONDS, ConnectionPool, origin
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.upstream import ProxyCall, Upstream, UpstreamAnswer
from tests.hostile.raw_upstream import OK, Accepted, RawUpstream
from tests.support.waiting import PATIENCE_SECONDS

TOKEN = Secret("access-token")
SOON = KEPT_SECONDS / 3
"""Long before a connection that nobody uses is closed."""
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
async def rig_with(
    way: str, headers_timeout_seconds: float = PATIENCE_SECONDS
) -> AsyncGenerator[Rig]:
    raw = RawUpstream()
    server = await asyncio.start_server(raw, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    async with WAYS[way](url, headers_timeout_seconds) as upstream:
        yield Rig(upstream, raw)
    server.close()
    for peer in raw.accepted:
        peer.reset()


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


NONE = [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Len",
    b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"x" * (3 * HEAD_BYTES),
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
]


BROKEN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    CHUNKED + b"5\r\nhello\r\n",
    CHUNKED + b"5\r\nhello\r\nzz\r\n",
]


async def serves_no_other_call(rig: Rig, served: list[bytes]) -> None:
    async def serve(peer: Accepted) -> None:
        while True:
            await peer.request()
            peer.write(served.pop(0))

    rig.raw.serve = serve
    assert await rig.call() == (200, b"{}")
    assert await rig.call() == (200, b"[]")
    assert len(rig.raw.accepted) == 2
