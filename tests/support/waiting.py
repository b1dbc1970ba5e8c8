"""Waiting for what can be seen rather than for a length of time."""

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
"""For what comes in a moment, where the moment is not what is tested: on a machine whose processor
is shared it may take very long, and a test that fails of that says nothing.
"""


async def until(reached: Callable[[], bool], within_seconds: float = 10.0) -> None:
    """Returns as soon as ``reached`` is true. Raises TimeoutError past the deadline."""
    async with asyncio.timeout(within_seconds):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.002)
