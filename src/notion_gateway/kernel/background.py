"""Work that nobody waits for, and that a shutdown still lets finish."""

import asyncio
from collections.abc import Coroutine
from typing import Any, final

import structlog

log = structlog.stdlib.get_logger()


@final
class Detached:
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
