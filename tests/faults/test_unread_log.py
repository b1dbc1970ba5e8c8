"""A log whose reader stands still: no call waits for it, nor does the end of the process."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.support.clocks import SharedClock
from tests.support.databases import children_of
from tests.support.gateway import Caller, calling
from tests.support.notion import serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.unread import unread_pipe
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

_LONG: Final = "/" + "x" * 7000
_FILLS_A_PIPE: Final = 12
_AT_ONCE: Final = """
from notion_gateway.kernel.log_stream import LogStream
LogStream.write = LogStream.write_at_once
"""
_HANGS_SECONDS: Final = 2


@asynccontextmanager
async def a_gateway_nobody_reads(
    folder: Path, **variables: str
) -> AsyncGenerator[tuple[Running, Caller]]:
    """With more requests behind it than its pipe has room for."""
    with unread_pipe(folder) as pipe:
        async with (
            serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion,
            gateway_process(folder / "data", notion.url, pipe, **variables) as running,
            calling(running.url) as caller,
        ):
            await caller.connect("team")
            for _ in range(_FILLS_A_PIPE):
                async with caller.http.get(running.url + _LONG) as answer:
                    assert answer.status == 404
            yield running, caller


async def answers_until(done: asyncio.Task[object], url: str, caller: Caller) -> None:
    """Raises TimeoutError where it answers no longer."""
    waits = aiohttp.ClientTimeout(total=_HANGS_SECONDS)
    while not done.done():
        async with caller.http.get(url, timeout=waits) as answer:
            assert answer.status == 200


async def test_what_says_something_in_the_log_goes_on(tmp_path: Path) -> None:
    async with a_gateway_nobody_reads(tmp_path) as (_, caller):
        for space in ("one", "another"):
            assert (await caller.connect(space)).result["status"] == "success"
            assert (await caller.call(space)).status == 200


async def test_a_line_that_is_written_at_once_stops_everybody(tmp_path: Path) -> None:
    """The control."""
    (tmp_path / "sitecustomize.py").write_text(_AT_ONCE)
    async with a_gateway_nobody_reads(tmp_path, PYTHONPATH=str(tmp_path)) as (running, caller):
        connecting = asyncio.create_task(caller.connect("one"))
        with pytest.raises(TimeoutError):
            await answers_until(connecting, f"{running.url}/livez", caller)
        connecting.cancel()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)]
)
async def test_a_stop_ends(tmp_path: Path, number: signal.Signals, code: int) -> None:
    buffered = {"PYTHONUNBUFFERED": ""}  # as Python is by itself
    async with a_gateway_nobody_reads(tmp_path, **buffered) as (running, _):
        running.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await running.process.wait() == code


async def test_a_worker_that_dies_is_replaced_and_a_stop_heeded(tmp_path: Path) -> None:
    async with a_gateway_nobody_reads(tmp_path, GATEWAY_WORKERS="2") as (running, _):
        before = workers_of(running)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        await until(lambda: len(workers_of(running) - before) == 1)
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running.process.wait()


def workers_of(running: Running) -> set[int]:
    return set(children_of(running.process.pid))
