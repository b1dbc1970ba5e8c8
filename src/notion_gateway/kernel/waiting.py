"""Waiting that can be ended without cutting off what runs meanwhile.

Work that talks to a database is told to stop rather than cancelled: a query cut off half-way
leaves its connection, and with SQLite the driver's thread, in nobody's hands.
"""

import asyncio


async def happens_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event was set by then; returns as soon as it is."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
