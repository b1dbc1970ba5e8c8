"""Connections that ask for nothing, or for half of it, keep nobody else waiting."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from tests.support.figures import Figure
from tests.support.raw import connection, request
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:34")]

IDLE = 500
CALLS = 200
HALVES = [
    b"",
    b"POST /mcp/notion/proxy HTTP/1.1\r\nHost: 127",
    request("Content-Length: 100", body=b'{"half":'),
    request("Transfer-Encoding: chunked") + b"ffff\r\n{",
    request("Expect: 100-continue", "Content-Length: 100"),
]


async def calls_take(rig: Rig) -> float:
    """Seconds for so many calls, twenty at a time; all must succeed."""
    began = time.perf_counter()
    for _ in range(CALLS // 20):
        answers = await asyncio.gather(*(rig.caller.call("team") for _ in range(20)))
        assert {one.status for one in answers} == {200}
    return time.perf_counter() - began


async def test_500_connections_with_half_a_request_keep_no_other_call_waiting(
    connected: Rig, upstream: RecordingMcp, figure: Figure
) -> None:
    await calls_take(connected)
    alone = await calls_take(connected)
    async with AsyncExitStack() as stack:
        for number in range(IDLE):
            client = await stack.enter_async_context(connection(connected.gateway.port))
            await client.send(HALVES[number % len(HALVES)])
        among = await calls_take(connected)
        assert connected.gateway.open_connections >= IDLE

    assert among < 3 * alone + 1
    words = "{} calls in {:.1f} s among {} half requests, in {:.1f} s without"
    figure(words, CALLS, among, IDLE, alone)
    assert len(upstream.seen) == 3 * CALLS  # none of the halves has reached Notion
