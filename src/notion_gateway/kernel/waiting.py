"""Waiting that can be ended without cutting off what runs meanwhile.

Work that talks to a database is told to stop rather than cancelled: a query cut off half-way
leaves its connection, and with SQLite the driver's thread, in nobody's hands.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")

_SOON_SECONDS = 3.0
"""A statement ends within them; what does not waits for somebody outside."""


async def happens_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event was set by then; returns as soon as it is."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def ends_unless(
    stop: asyncio.Event, work: Coroutine[Any, Any, _T], soon_seconds: float = _SOON_SECONDS
) -> _T | None:
    """None where ``stop`` was set, and the work did not end soon after: then it is cancelled."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await asyncio.wait({working}, timeout=soon_seconds)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
