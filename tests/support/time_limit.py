"""The longest that one asynchronous test may take, and what the death of a process means."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec

import pytest
from xdist.workermanage import WorkerController

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


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController, error: object) -> None:
    """Its other tests were run by nobody: that is no failed test, but a failed run."""
    if error is not None:
        node.config.pluginmanager.register(_Died())


class _Died:
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
