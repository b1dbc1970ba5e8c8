"""Work beside the calls: what nobody waits for, and what runs for as long as the gateway does."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, final

import structlog

from notion_gateway.kernel.errors import GatewayError

log = structlog.stdlib.get_logger()


@final
class Detached:
    """Work that nobody waits for, and that a shutdown still lets finish."""

    def __init__(self, close_seconds: float = 10.0) -> None:
        self._close_seconds = close_seconds
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("detached_work_failed", work=task.get_name(), exc_info=fault)

    async def close(self) -> None:
        """Waits for what is under way, then cancels the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._close_seconds)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


Check = Callable[[], Awaitable[None]]
"""Raises GatewayError when what it looks at cannot serve."""

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Runs until the event is set."""


@asynccontextmanager
async def running(loops: Mapping[str, Loop]) -> AsyncGenerator[Check]:
    """Runs the loops, each under its name, for the length of the block, and then tells them to
    stop and waits for every one of them, also where another has failed.

    Yields a check that raises GatewayError once one of them has ended before that.
    """
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(_log_failure(name, loop(stop)), name=name)
        for name, loop in loops.items()
    ]

    async def check() -> None:
        if any(task.done() for task in tasks):
            raise GatewayError("The gateway's background work has ended: restart it.")

    try:
        yield check
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)  # each failure was logged


async def _log_failure(name: str, work: Coroutine[Any, Any, None]) -> None:
    """Logs the failure and raises it again: nobody waits for this work until the end."""
    try:
        await work
    except Exception:
        log.exception("background_work_ended", work=name)
        raise
