"""Waiting for what can be seen rather than for a length of time."""

import asyncio
from collections.abc import Callable


async def until(reached: Callable[[], bool], within_seconds: float = 10.0) -> None:
    """Returns as soon as ``reached`` is true. Raises TimeoutError past the deadline."""
    async with asyncio.timeout(within_seconds):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.002)
