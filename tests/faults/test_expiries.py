"""Hundreds of tokens expire together: Notion and the database get a few renewals at a time."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from notion_gateway.integration.refresh import MAX_CONCURRENT
from tests.faults.expiries import expired
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

GRANTS = 400


@pytest.mark.promise("threats:46")
async def test_of_tokens_that_expire_together_64_at_most_are_at_notion_and_each_is_renewed_once(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    async with expired(tmp_path, GRANTS) as crowd:
        crowd.ask_for_all()
        await crowd.all_have_asked()
        await until(lambda: crowd.endpoint.now == MAX_CONCURRENT, 20)
        await crowd.use_steady(50)  # others go on meanwhile
        assert crowd.endpoint.most == MAX_CONCURRENT

        crowd.endpoint.open.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*crowd.asking)
        assert crowd.redemptions() == {"ok": GRANTS}
        assert crowd.endpoint.most == MAX_CONCURRENT
    figure(f"{GRANTS} that expire together: {crowd.endpoint.most} at once at most")


async def test_without_the_limit_more_are_there(tmp_path: Path) -> None:
    async with expired(tmp_path, 2 * MAX_CONCURRENT, limit=GRANTS) as crowd:
        crowd.ask_for_all()
        await until(lambda: crowd.endpoint.now > MAX_CONCURRENT, 20)
