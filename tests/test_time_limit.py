"""No test waits for ever: neither for what never comes, nor for one who asks slowly."""

import asyncio
import traceback

import pytest

from tests.support.time_limit import limited
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio


async def test_a_test_that_waits_for_ever_fails_with_the_line_it_waits_in() -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError) as caught:
        await limited(hangs, 0.05)()
    lines = "".join(traceback.format_exception(caught.value))
    assert "await asyncio.Event().wait()" in lines


async def test_this_test_is_limited(request: pytest.FixtureRequest) -> None:
    assert isinstance(request.node, pytest.Function)
    assert request.node.obj.__wrapped__.__name__ == request.node.originalname


async def test_patience_ends_where_each_look_takes_long() -> None:
    looks = 0

    async def never() -> bool:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.05)
        return False

    with pytest.raises(TimeoutError, match=r"not in 0\.1 seconds"):
        await until_told(never, 0.1)
    assert 2 <= looks <= 20
