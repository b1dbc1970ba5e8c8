"""Tells the other processes that a space's lists have changed: only one of them carries the stream
on which Notion says so.
"""

import asyncio
from typing import Final, final

import structlog

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.change_feed import ChangeFeed, Topic

log = structlog.stdlib.get_logger()

_MOST_AT_ONCE: Final = 500


@final
class ListNews:
    """``came`` writes nothing: ``run``, beside the calls, leaves the notices in the change feed.

    The first news goes out at once. After that there is a pause, so that a space has one notice
    in ``pause_seconds``, however many streams say it how often. News that comes in the pause goes
    out after it, and is never left out: another process may have asked for the list in between.
    """

    def __init__(self, feed: ChangeFeed, *, pause_seconds: float = 1.0) -> None:
        self._feed = feed
        self._pause_seconds = pause_seconds
        self._spaces: dict[str, None] = {}
        """Not told yet, oldest first. No more than there are spaces with a stream."""
        self._came = asyncio.Event()

    def came(self, space_id: str) -> None:
        self._spaces[space_id] = None
        self._came.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, and then tells what is left."""
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self._came.set())
        try:
            while not stop.is_set():
                await self._came.wait()
                await self._tell()
                if await happens_within(stop, self._pause_seconds):
                    await self._tell()
        finally:
            stopping.cancel()

    async def _tell(self) -> None:
        told = list(self._spaces)[:_MOST_AT_ONCE]
        if not told:
            return
        for one in told:
            del self._spaces[one]
        try:
            await self._feed.tell(Topic.LISTS, told)
        except StoreUnavailable:
            self._spaces |= dict.fromkeys(told)
            log.warning("list_news_not_told", spaces=len(told))
        if not self._spaces:
            self._came.clear()
