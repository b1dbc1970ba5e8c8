"""``python -m bench.open_streams``: many streams open on one gateway, and calls beside them.

Each stream says one thing and then nothing more, as listening streams do. Measured: the gateway's
memory for each of them, and its calls per second over 64 connections with and without them, turn
by turn. The loopback only; needs wrk. About 25 seconds.
"""

import asyncio
import json
import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import typer
import uvloop

from bench.calls import measure_calls
from bench.processes import BenchError, Usage, fake_upstream
from bench.targets import Target, gateway
from bench.upstream import HOST, STREAM_METHOD

_OPENED_AT_ONCE: Final = 100
_CONNECTIONS: Final = 64
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class StreamsCost:
    """``calls_beside``: calls per second with the streams open, as a part of those without."""

    streams: int
    bytes_each: float
    calls_beside: float


class OpenStreams:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._writers: list[asyncio.StreamWriter] = []
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

    def close(self) -> None:
        for one in self._writers:
            one.transport.abort()


async def measure(target: Target, folder: Path, count: int, rounds: int) -> StreamsCost:
    def calls_per_second() -> float:
        return measure_calls(target, _CONNECTIONS, 1, folder).calls_per_second

    calls_per_second()
    before = Usage.of(target.pid).rss_bytes
    each: list[float] = []
    beside: list[float] = []
    for _ in range(rounds):
        without = await asyncio.to_thread(calls_per_second)
        streams = OpenStreams(target)
        try:
            await streams.open(count)
            each.append((Usage.of(target.pid).rss_bytes - before) / count)
            beside.append(await asyncio.to_thread(calls_per_second) / without)
        finally:
            streams.close()
        await asyncio.sleep(1)
    # The first round's memory: what later ones find is partly there already.
    return StreamsCost(count, each[0], median(beside))


def main(streams: int = 5000, rounds: int = 3) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for the processes started too
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_upstream() as (_, port),
        gateway(Path(folder), port) as target,
    ):
        cost = uvloop.run(measure(target, Path(folder), streams, rounds))
    print(
        f"{cost.streams} streams open: {cost.bytes_each / 1024:.1f} KiB each;"
        f" calls beside them {cost.calls_beside:.0%} of those without"
    )


if __name__ == "__main__":
    typer.run(main)
