"""A machine that was suspended: what was remembered before is not believed after it."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.storage.change_feed import ChangeFeed, Notice
from notion_gateway.storage.database import Database
from notion_gateway.wiring import open_gateway
from tests.faults.children import settings_for
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

HOUR = 3600.0


@pytest.fixture
def suspend(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """As Linux does it: the clock that counts suspended time goes on, and the event loop's, which
    is the monotonic one, stands still.
    """
    slept = 0.0
    gettime = time.clock_gettime

    def shifted(clock: int) -> float:
        return gettime(clock) + (slept if clock == time.CLOCK_BOOTTIME else 0.0)

    def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds

    monkeypatch.setattr(time, "clock_gettime", shifted)
    return sleep


def ignored(_: Notice) -> None:
    pass


async def test_the_feed_says_that_it_may_have_missed_changes(
    tmp_path: Path, suspend: Callable[[float], None]
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    await database.migrate()
    feed, stop = ChangeFeed(database, poll_seconds=0.02), asyncio.Event()
    looks = losses = 0

    def looked() -> None:
        nonlocal looks
        looks += 1

    def lost() -> None:
        nonlocal losses
        losses += 1

    following = asyncio.create_task(feed.follow(ignored, looked, lost, stop))
    try:
        await until(lambda: looks > 1)
        assert losses == 0
        suspend(HOUR)
        seen = looks
        await until(lambda: looks > seen + 1)
        assert losses == 1
    finally:
        stop.set()
        await following
        await database.close()


async def test_members_and_tokens_are_not_believed_until_the_feed_has_been_read(
    tmp_path: Path, suspend: Callable[[float], None]
) -> None:
    trust = CacheTrust()
    assert trust.holds()
    suspend(HOUR)
    assert not trust.holds()

    async with open_gateway(settings_for("http://127.0.0.1:9", tmp_path)) as gateway:
        assert gateway.access.trust.holds()
        suspend(HOUR)
        assert not gateway.access.trust.holds()
        await until(gateway.access.trust.holds)
