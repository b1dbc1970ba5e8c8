"""The longest that one asynchronous test may take."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec

P = ParamSpec("P")

TEST_SECONDS: Final = 300.0
"""Several times what the longest takes here; below pytest's ``faulthandler_timeout``, which ends
the whole process, and with it what it would have said of its other tests.
"""


def limited(
    test: Callable[P, Awaitable[None]], seconds: float = TEST_SECONDS
) -> Callable[P, Awaitable[None]]:
    """The same test, cancelled after that long. Then it raises TimeoutError, whose cause shows the
    line that it waited in.
    """

    @wraps(test)
    async def ended(*args: P.args, **kwargs: P.kwargs) -> None:
        async with asyncio.timeout(seconds):
            await test(*args, **kwargs)

    return ended
