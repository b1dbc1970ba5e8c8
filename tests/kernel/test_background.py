"""Loops that run as long as the gateway: a failure is seen, and ends none of the others."""

import asyncio

import pytest

from notion_gateway.kernel.background import running
from notion_gateway.kernel.errors import GatewayError

pytestmark = pytest.mark.anyio


class Loops:
    """``ended`` names those that heeded the stop and finished their last work."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def lasting(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0.01)  # its last work, which must not be cut off
        self.ended.append("lasting")

    async def failing(self, stop: asyncio.Event) -> None:
        del stop
        raise ValueError("broken")

    async def leaving(self, stop: asyncio.Event) -> None:
        del stop


async def test_loops_run_until_the_block_ends_and_finish_their_last_work() -> None:
    loops = Loops()
    async with running({"lasting": loops.lasting}) as check:
        await asyncio.sleep(0)
        await check()
    assert loops.ended == ["lasting"]


@pytest.mark.parametrize("ends", ["failing", "leaving"])
async def test_a_loop_that_ends_early_is_noticed_and_the_others_are_still_waited_for(
    ends: str,
) -> None:
    loops = Loops()
    async with running({"lasting": loops.lasting, ends: getattr(loops, ends)}) as check:
        await asyncio.sleep(0.01)
        with pytest.raises(GatewayError, match="background work has ended"):
            await check()
        assert loops.ended == []
    assert loops.ended == ["lasting"]


async def test_a_block_that_raises_ends_the_loops_as_well() -> None:
    loops = Loops()

    async def work() -> None:
        async with running({"lasting": loops.lasting}):
            await asyncio.sleep(0)
            raise LookupError

    with pytest.raises(LookupError):
        await work()
    assert loops.ended == ["lasting"]
