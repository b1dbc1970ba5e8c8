"""Hundreds of tokens expire together: Notion and the database get a few renewals at a time."""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from notion_gateway.integration import refresh
from notion_gateway.integration.refresh import MAX_CONCURRENT
from notion_gateway.storage.database import Database
from notion_gateway.storage.places import Places
from tests.contracts.test_places import crowded, for_others
from tests.faults.expiries import Expired, expired
from tests.support.figures import Figure
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

GRANTS = 400


@pytest.mark.promise("threats:46")
async def test_of_tokens_that_expire_together_64_at_most_are_at_notion_and_each_is_renewed_once(
    tmp_path: Path, figure: Figure
) -> None:
    async with expired(tmp_path, GRANTS) as crowd:
        crowd.ask_for_all()
        await crowd.all_have_asked()
        await until(lambda: crowd.endpoint.now == MAX_CONCURRENT)
        await crowd.use_steady(50)  # others go on meanwhile
        assert crowd.endpoint.most == MAX_CONCURRENT

        crowd.endpoint.open.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*crowd.asking)
        assert crowd.redemptions() == {"ok": GRANTS}
        assert crowd.endpoint.most == MAX_CONCURRENT
    figure(f"{GRANTS} that expire together: {crowd.endpoint.most} at once at most")


async def test_without_the_limit_more_are_there(tmp_path: Path) -> None:
    async with expired(tmp_path, 2 * MAX_CONCURRENT, limit=GRANTS) as crowd:
        crowd.ask_for_all()
        await until(lambda: crowd.endpoint.now > MAX_CONCURRENT)


FEW = 8


async def all_at_notion(crowd: Expired) -> Database:
    """The gateway's."""
    crowd.ask_for_all()
    await until(lambda: crowd.endpoint.now == FEW)
    database: Any = getattr(crowd.gateway.health.checks["database"], "__self__")  # noqa: B009 - untyped
    return database


@pytest.mark.promise("threats:46")
async def test_redeemed_pairs_are_stored_while_cold_reads_have_every_other_connection(
    tmp_path: Path,
) -> None:
    async with expired(tmp_path, FEW) as crowd, crowded(await all_at_notion(crowd)):
        with capture_logs() as logs:
            crowd.endpoint.open.set()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*crowd.asking)
        assert "answer_not_stored" not in [line["event"] for line in logs]
        assert crowd.redemptions() == {"ok": FEW}


async def test_renewals_that_do_not_come_first_cannot_store_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(refresh, "coming_first", nullcontext)
    async with expired(tmp_path, FEW) as crowd:
        database = await all_at_notion(crowd)
        database.places = Places(for_others(database), kept=0, patience_seconds=0.1)
        async with crowded(database):
            with capture_logs() as logs:
                crowd.endpoint.open.set()
                await until(lambda: "answer_not_stored" in [line["event"] for line in logs])
            assert not all(task.done() for task in crowd.asking)
        await asyncio.gather(*crowd.asking)
        assert crowd.redemptions() == {"ok": FEW}
