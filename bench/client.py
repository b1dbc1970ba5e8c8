"""``python -m bench.client``: what the client costs that carries a call to Notion.

The gateway's own beside aiohttp's, which carries calls where an egress proxy is, turn by turn
against the stand-in for Notion, in a process that does nothing else. The loopback only. About
half a minute.
"""

import asyncio
import time
from dataclasses import dataclass
from statistics import median
from typing import Final

import uvloop

from bench.processes import fake_upstream
from bench.upstream import HOST
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.aiohttp_upstream import WRITTEN_BY_CALLER, AiohttpUpstream
from notion_gateway.proxy.http1.pool import ConnectionPool, origin
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.upstream import ProxyCall, Upstream

_TOKEN: Final = Secret("t" * 64)
CALL_HEADERS: Final = [
    (b"accept", b"application/json, text/event-stream"),
    (b"content-type", b"application/json"),
    (b"user-agent", b"bench"),
    (b"mcp-session-id", b"0" * 64),
    (b"mcp-protocol-version", b"2025-06-18"),
]
CALL_BODY: Final = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%b"}}' % (
    b"x" * 230
)
_CALL: Final = ProxyCall("POST", CALL_HEADERS, CALL_BODY)


async def microseconds_a_call(upstream: Upstream, calls: int, at_once: int) -> float:
    """Of processor time in this process."""

    async def one_after_the_other() -> None:
        for _ in range(calls // at_once):
            answer = await upstream.open(_CALL, _TOKEN)
            async for _ in answer.chunks():
                pass
            answer.close()

    began = time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return (time.process_time() - began) / calls * 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians in microseconds of processor time; ``ratio`` was taken within each round."""

    at_once: int
    own: float
    by_aiohttp: float
    ratio: float


async def costs(port: int, *, rounds: int = 7, calls: int = 6400) -> list[Cost]:
    url = f"http://{HOST}:{port}/mcp"
    pool = ConnectionPool(origin(url), allow_private=True)
    own = Http1Upstream(pool, url, headers_timeout_seconds=60)
    found: list[Cost] = []
    async with http_session(allow_private=True, without_headers=WRITTEN_BY_CALLER) as session:
        by_aiohttp = AiohttpUpstream(session, url, headers_timeout_seconds=60)
        for at_once in (1, 64):
            mine: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                mine.append(await microseconds_a_call(own, calls, at_once))
                theirs.append(await microseconds_a_call(by_aiohttp, calls, at_once))
            ratio = median(one / other for one, other in zip(mine, theirs, strict=True))
            found.append(Cost(at_once, median(mine), median(theirs), ratio))
    await pool.close()
    return found


def main() -> None:
    with fake_upstream() as (_, port):
        found = uvloop.run(costs(port))
    print("| calls at once | own | aiohttp | within each round |")
    print("| ---: | ---: | ---: | ---: |")
    for one in found:
        print(f"| {one.at_once} | {one.own:.1f} | {one.by_aiohttp:.1f} | {one.ratio:.2f} |")


if __name__ == "__main__":
    main()
