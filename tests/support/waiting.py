"""Waiting for what can be seen rather than for a length of time."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 60.0
"""For what comes in a moment, where the moment is not what is tested: on a machine whose processor
is shared it may take very long, and a test that fails of that says nothing.
"""
_PAUSE_SECONDS = 0.002
_LOOK_SECONDS = 0.01
"""What a look and the pause after it count at most. Where they take longer, the machine had
something else to do, and what is waited for had no time to come either.
"""
_MOST_TIMES = 4
"""Beyond so many times its patience nothing is waited for, however little of it was counted: a look
may take long by itself, and a test must end.
"""


async def until(reached: Callable[[], bool], within_seconds: float = PATIENCE_SECONDS) -> None:
    """Returns as soon as ``reached`` is true. Raises TimeoutError when that much time has passed,
    not counting time in which this machine was busy elsewhere.
    """

    async def asked() -> bool:
        return reached()

    await until_told(asked, within_seconds)


async def until_told(
    asked: Callable[[], Awaitable[bool]], within_seconds: float = PATIENCE_SECONDS
) -> None:
    """The same for what has to be asked for."""
    loop = asyncio.get_running_loop()
    begun = before = loop.time()
    left = within_seconds
    while not await asked():
        if left <= 0 or before - begun > _MOST_TIMES * within_seconds:
            raise TimeoutError(f"not in {within_seconds:g} seconds")
        await asyncio.sleep(_PAUSE_SECONDS)
        now = loop.time()
        left, before = left - min(now - before, _LOOK_SECONDS), now
