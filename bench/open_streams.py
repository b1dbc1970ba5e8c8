"""Many streams open on one gateway, and calls beside them.

Each stream says one thing and then nothing more, as listening streams do. Measured: the gateway's
memory for each of them, and its calls per second with and without them, turn by turn.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.calls import Load
from bench.figures import Figure
from bench.processes import BenchError, Usage, open_files
from bench.targets import Target
from bench.upstream import HOST, STREAM_METHOD

_OPENED_AT_ONCE: Final = 100
_IDLE_CONNECTIONS: Final = 128
"""To Notion at most, which the gateway may keep after a load."""
_DAY_MS: Final = 86_400_000
_CLOSING_SECONDS: Final = 30.0
_FILES_FOR_ALL_ELSE: Final = 1000


@dataclass(frozen=True, slots=True)
class OpenStreamsRound:
    """``bytes_each``: of the gateway's memory. Calls per second without and beside the streams."""

    streams: int
    bytes_each: float
    calls_without: float
    calls_beside: float


class OpenStreams:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._writers: list[asyncio.StreamWriter] = []
        self._ends: list[asyncio.Task[bytes]] = []
        params = {"events": 2, "interval_ms": _DAY_MS}
        document = {"jsonrpc": "2.0", "id": 1, "method": STREAM_METHOD, "params": params}
        body = json.dumps(document)
        headers = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
        head = f"POST {target.path} HTTP/1.1\r\nHost: {HOST}:{target.port}\r\n{headers}"
        self._request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    async def open(self, count: int) -> None:
        """Returns when each has said its first thing."""
        for begun in range(0, count, _OPENED_AT_ONCE):
            now = min(_OPENED_AT_ONCE, count - begun)
            await asyncio.gather(*(self._one() for _ in range(now)))

    async def _one(self) -> None:
        reader, writer = await asyncio.open_connection(HOST, self._target.port)
        self._writers.append(writer)
        writer.write(self._request)
        async with asyncio.timeout(20):
            first = await reader.readuntil(b"\n\n")
        if not first.startswith(b"HTTP/1.1 200"):
            raise BenchError(f"A stream did not open: {first[:100]!r}")
        self._ends.append(asyncio.create_task(reader.read()))

    def ended(self) -> int:
        """So many have ended, in whatever way, since they were opened."""
        return sum(one.done() for one in self._ends)

    def close(self) -> None:
        for end in self._ends:
            end.cancel()
        for one in self._writers:
            one.transport.abort()


def streams_that_fit(wanted: int, files: int) -> int:
    """Each takes two sockets of the gateway, and a process may have so many ``files`` open."""
    return max(1, min(wanted, (files - _FILES_FOR_ALL_ELSE) // 2))


async def measure_open_streams(
    target: Target, count: int, rounds: int, load: Load
) -> list[OpenStreamsRound]:
    """Raises BenchError when a stream does not open, or the gateway keeps its sockets after it."""

    async def calls_per_second() -> float:
        return (await asyncio.to_thread(load, target)).calls_per_second

    await calls_per_second()
    memory, files = Usage.of(target.pid).rss_bytes, open_files(target.pid)
    found: list[OpenStreamsRound] = []
    for _ in range(rounds):
        without = await calls_per_second()
        streams = OpenStreams(target)
        try:
            await streams.open(count)
            each = (Usage.of(target.pid).rss_bytes - memory) / count
            beside = await calls_per_second()
        finally:
            streams.close()
        found.append(OpenStreamsRound(count, each, without, beside))
        await _until_closed(target, files + _IDLE_CONNECTIONS)
    return found


async def _until_closed(target: Target, files: int) -> None:
    until = time.monotonic() + _CLOSING_SECONDS
    while open_files(target.pid) > files:
        if time.monotonic() > until:
            raise BenchError(f"{target.name} keeps sockets of streams that were closed.")
        await asyncio.sleep(0.05)


def open_streams_memory(rounds: Sequence[OpenStreamsRound]) -> list[Figure]:
    """The first round's: what later ones find is partly there already."""
    return [
        Figure.of(
            "memory",
            f"each of {one.streams:,} open streams, kB",
            {"gateway": [one.bytes_each / 1000]},
        )
        for one in rounds[:1]
    ]


def open_streams_figures(rounds: Sequence[OpenStreamsRound]) -> list[Figure]:
    if not rounds:
        return []
    calls = {
        "no streams": [one.calls_without for one in rounds],
        f"{rounds[0].streams:,} open": [one.calls_beside for one in rounds],
    }
    return [Figure.of("calls beside open streams, 64 connections", "calls per second", calls)]
