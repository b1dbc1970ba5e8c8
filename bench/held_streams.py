"""``python -m bench.held_streams``: many streams that stay open for a long time.

Measured, minute by minute: the gateway's memory, and how many streams have ended though nobody
ended them. Each says one thing and then nothing more, as listening streams do. Ends with 1 where a
stream has ended, or memory grew by five per cent since the gateway had loaded all that it needs.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer
import uvloop

from bench.open_streams import OpenStreams, streams_that_fit
from bench.processes import BenchError, Usage, allow_open_files, fake_upstream
from bench.targets import Target, gateway
from tests.support.longer_runs import told

_MOST_GROWTH: Final = 0.05
_SETTLING: Final = 2
"""Minutes before memory counts: after two of them a gateway looks at a space's tools by itself, and
loads an MCP client for it, once (19 MB).
"""


@dataclass(frozen=True, slots=True)
class Look:
    rss_bytes: int
    ended: int


async def hold(
    target: Target, count: int, looks: int, every_seconds: float
) -> AsyncGenerator[Look]:
    """One look after each ``every_seconds``, from when all streams are open."""
    streams = OpenStreams(target)
    try:
        await streams.open(count)
        for _ in range(looks):
            await asyncio.sleep(every_seconds)
            yield Look(Usage.of(target.pid).rss_bytes, streams.ended())
    finally:
        streams.close()


async def _run(target: Target, streams: int, minutes: int) -> int:
    looks: list[Look] = []
    async for look in hold(target, streams, _SETTLING + minutes + 1, 60.0):
        looks.append(look)
        minute, memory = len(looks) - 1 - _SETTLING, look.rss_bytes / 1e6
        print(f"{minute:3} min: {memory:.1f} MB, {look.ended} ended", flush=True)
    growth = looks[-1].rss_bytes / looks[_SETTLING].rss_bytes - 1
    first, last = looks[_SETTLING].rss_bytes / 1e6, looks[-1].rss_bytes / 1e6
    return told(
        f"{streams:,} streams, {minutes} minutes: {looks[-1].ended} ended, memory grew by"
        f" {growth:.1%}, from {first:.1f} to {last:.1f} MB",
        kept=growth < _MOST_GROWTH and not looks[-1].ended,
    )


def main(streams: int = 2000, minutes: int = 30) -> None:
    if streams_that_fit(streams, allow_open_files()) < streams:
        raise BenchError("A process may not have so many files open: raise `ulimit -n`.")
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_upstream() as (_, port),
        gateway(Path(folder), port) as target,
    ):
        code = uvloop.run(_run(target, streams, minutes))
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(main)
