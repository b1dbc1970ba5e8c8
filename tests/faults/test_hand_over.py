"""SIGHUP: new workers take over from old ones, and no call is lost."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.faults.raw_callers import Calls, calling_all_the_time
from tests.support.clocks import SharedClock
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.raw import ask, connection
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough, pytest.mark.promise("threats:48")]

PATIENCE_SECONDS = 90.0
WITHOUT_GUARD = """
import sys
if "notion_gateway.cli.worker" in sys.orig_argv:
    from notion_gateway.http.protocol import LimitedHttpProtocol

    def end_at_once(self):
        self._is_last = self._writer.is_last = True
        if not self._is_answering():
            self.transport.close()

    LimitedHttpProtocol.end_with_answer = end_at_once
"""
"""Connections without a request under way are closed as they are, as uvicorn does it."""


@asynccontextmanager
async def two_workers(folder: Path, **variables: str) -> AsyncGenerator[Running]:
    log, workers = folder / "gateway.log", {"GATEWAY_WORKERS": "2", "GATEWAY_LOG_LEVEL": "warning"}
    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion,
        gateway_process(folder / "data", notion.url, log, **workers, **variables) as gateway,
    ):
        async with calling(gateway.url) as caller:
            assert (await caller.connect("team")).result["status"] == "success"
        yield gateway
        await gateway.stop()


def pids(gateway: Running) -> set[str]:
    """The workers'."""
    parent = gateway.process.pid
    return set(Path(f"/proc/{parent}/task/{parent}/children").read_text().split())


async def through_hand_overs(gateway: Running, times: int, *, old_left: int = 1) -> Calls:
    """Ends early where a call failed. Through each of them one connection is quiet, until no more
    than ``old_left`` of the old workers are left.
    """
    async with calling_all_the_time(gateway.port, kept=8, fresh=8) as calls:
        for _ in range(times):
            before = calls.answered
            async with connection(gateway.port) as quiet:
                await calls.once(quiet)
                old = pids(gateway)
                gateway.process.send_signal(signal.SIGHUP)
                await until(lambda old=old: len(old & pids(gateway)) <= old_left, PATIENCE_SECONDS)
                await calls.once(quiet)
                await until(lambda old=old: not old & pids(gateway), PATIENCE_SECONDS)
            await until(lambda before=before: calls.answered > before or bool(calls.failed))
            if calls.failed:
                break
    return calls


async def test_hand_overs_lose_no_call(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as gateway:
        calls = await through_hand_overs(gateway, 3)

    assert not calls.failed
    assert "Traceback" not in gateway.log.read_text()


async def test_without_the_guard_calls_are_lost(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_GUARD)
    async with two_workers(tmp_path, PYTHONPATH=str(tmp_path)) as gateway:
        calls = await through_hand_overs(gateway, 1, old_left=0)

    assert calls.failed


async def test_a_connection_that_has_been_quiet_is_answered_by_the_old_worker(
    tmp_path: Path,
) -> None:
    """It does not learn of the hand-over in any other way, so it is waited for."""
    async with two_workers(tmp_path) as gateway, connection(gateway.port) as one:
        await ask(one)
        before = pids(gateway)
        gateway.process.send_signal(signal.SIGHUP)
        # The one that has no connection ends; the other one waits for longer than at a stop.
        await until(lambda: len(before & pids(gateway)) == 1, PATIENCE_SECONDS)
        await asyncio.sleep(2)
        await ask(one)
        assert await one.rest() == b""
        await until(lambda: not before & pids(gateway), PATIENCE_SECONDS)
