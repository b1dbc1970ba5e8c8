"""A forwarder that runs, and what it is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from notion_gateway.audit.forwarding import Forwarder
from notion_gateway.audit.rules.entry import Entry
from tests.support.waiting import PATIENCE_SECONDS


@asynccontextmanager
async def running(forwarder: Forwarder) -> AsyncGenerator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(forwarder.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await task


def entry(number: int) -> Entry:
    return Entry(at=1_764_000_000.5, user_id="ada", tool=f"tool-{number}", status=200)
