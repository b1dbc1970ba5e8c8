"""Loops that run as long as the gateway: one that ends is started again, and ends no other."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from notion_gateway.kernel import background
from notion_gateway.kernel.background import running
from notion_gateway.kernel.errors import BackgroundInterrupted, GatewayError
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

AT_ONCE = 0.0001
_FAILED_AFTER: Any = vars(background)["_FAILED_AFTER"]


class Loops:
    """``ended`` names those that heeded the stop and finished their last work. ``good_from``: the
    start from which on a loop that ended before runs until it is told to stop.
    """

    def __init__(self, good_from: int = 10_000) -> None:
        self.ended: list[str] = []
        self.starts = 0
        self._good_from = good_from

    async def lasting(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0.01)  # its last work, which must not be cut off
        self.ended.append("lasting")

    async def failing(self, stop: asyncio.Event) -> None:
        await self._begin(stop)
        if not stop.is_set():
            raise ValueError("broken")

    async def leaving(self, stop: asyncio.Event) -> None:
        await self._begin(stop)

    async def _begin(self, stop: asyncio.Event) -> None:
        self.starts += 1
        if self.starts >= self._good_from:
            await stop.wait()


async def test_loops_run_until_the_block_ends_and_finish_their_last_work() -> None:
    loops = Loops()
    async with running({"lasting": loops.lasting}) as work:
        await asyncio.sleep(0)
        await work.check()
        assert not work.has_failed
    assert loops.ended == ["lasting"]


@pytest.mark.parametrize("ends", ["failing", "leaving"])
async def test_a_loop_that_ends_early_is_told_of_and_started_again(
    ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops = Loops(good_from=4)
    every = {"lasting": loops.lasting, ends: getattr(loops, ends)}
    with capture_logs() as logs:
        async with running(every, first_pause_seconds=AT_ONCE) as work:
            await until(lambda: loops.starts == 4)
            with pytest.raises(BackgroundInterrupted, match=ends):
                await work.check()
            assert not work.has_failed
            monkeypatch.setattr(background, "_WELL_AFTER_SECONDS", 0.0)
            await work.check()
            assert loops.ended == []
    assert loops.ended == ["lasting"]
    told = [one for one in logs if one["event"] == "background_work_ended"]
    assert [one["work"] for one in told] == [ends] * 3


async def test_one_that_ends_again_and_again_has_failed_and_is_still_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_LONGEST_PAUSE_SECONDS", 0.01)
    loops = Loops(good_from=_FAILED_AFTER + 2)
    async with running(
        {"lasting": loops.lasting, "failing": loops.failing}, first_pause_seconds=AT_ONCE
    ) as work:
        await until(lambda: work.has_failed)
        with pytest.raises(GatewayError, match="restart it"):
            await work.check()
        await until(lambda: loops.starts == _FAILED_AFTER + 2)
        monkeypatch.setattr(background, "_WELL_AFTER_SECONDS", 0.0)
        assert not work.has_failed
    assert loops.ended == ["lasting"]


async def test_a_loop_that_waits_for_its_next_start_ends_with_the_block_at_once() -> None:
    loops = Loops()
    async with asyncio.timeout(5), running({"failing": loops.failing}, first_pause_seconds=600.0):
        await until(lambda: loops.starts == 1)
    assert loops.starts == 1


async def test_a_block_that_raises_ends_the_loops_as_well() -> None:
    loops = Loops()

    async def work() -> None:
        async with running({"lasting": loops.lasting}):
            await asyncio.sleep(0)
            raise LookupError

    with pytest.raises(LookupError):
        await work()
    assert loops.ended == ["lasting"]
