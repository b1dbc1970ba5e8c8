"""Work beside the calls: what nobody waits for, and what runs for as long as the gateway does."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, final

import structlog

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import BackgroundInterrupted, GatewayError
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()


@final
class ClosingTime:
    """How long all that closes may take together, from the moment at which the first one asks:
    whoever stops a gateway waits for so long, and then kills it.
    """

    def __init__(self, seconds: float = 32.0) -> None:
        self._seconds = seconds
        self._ends: float | None = None

    def left(self, at_most: float) -> float:
        """How many seconds one step may take."""
        if self._ends is None:
            self._ends = steady_seconds() + self._seconds
        return max(0.0, min(at_most, self._ends - steady_seconds()))


READS_END_WITHIN_SECONDS: Final = 2.0
"""Of work that only reads: once the process ends, nobody waits for what it would find."""


@final
class Detached:
    """Work that nobody waits for, and that a shutdown still lets finish."""

    def __init__(self, close_seconds: float = 10.0, closing: ClosingTime | None = None) -> None:
        self._close_seconds = close_seconds
        self._closing = closing or ClosingTime()
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
            within = self._closing.left(self._close_seconds)
            await asyncio.wait(self._tasks, timeout=within)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


Check = Callable[[], Awaitable[None]]
"""Raises GatewayError when what it looks at cannot serve."""

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Runs until the event is set."""


_STOP_SECONDS: Final = 12.0
"""For what a loop has begun; ten are for entries of the record that wait for the database."""
_CUT_OFF_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_WELL_AFTER_SECONDS: Final = 60.0
"""A loop that has run for so long again has got over what had ended it."""
_FAILED_AFTER: Final = 8
"""Ends that followed each other so soon: what would help now is a process that begins anew."""


@final
class Background:
    """Loops that run for as long as a gateway does. One that ends before it is told to is started
    again, after a pause that doubles: what ended it is rarely there for good, and nobody may be
    there to start the gateway again.
    """

    def __init__(
        self, loops: Mapping[str, Loop], first_pause_seconds: float, closing: ClosingTime
    ) -> None:
        self._closing = closing
        self._first_pause_seconds = first_pause_seconds
        self._stop = asyncio.Event()
        self._ends: Counter[str] = Counter()
        self._began = dict.fromkeys(loops, math.inf)
        """By loop, when it was started last; infinite while it waits for that."""
        self._tasks = [
            asyncio.create_task(self._keep(name, loop), name=name) for name, loop in loops.items()
        ]

    async def check(self) -> None:
        """Raises BackgroundInterrupted while a loop is not known to run again, and GatewayError
        once one has failed.
        """
        if self.has_failed:
            raise GatewayError("The gateway's background work ends again and again: restart it.")
        if ended := [name for name in self._began if self._ended_lately(name)]:
            raise BackgroundInterrupted(
                f"Background work has ended and is started again ({', '.join(ended)}): the log"
                " says why (background_work_ended)."
            )

    @property
    def has_failed(self) -> bool:
        """A loop ends again and again, however often it is started."""
        return any(
            self._ends[one] >= _FAILED_AFTER and self._ended_lately(one) for one in self._ends
        )

    def _ended_lately(self, name: str) -> bool:
        return bool(self._ends[name]) and not self._runs_well(name)

    def _runs_well(self, name: str) -> bool:
        return steady_seconds() - self._began[name] >= _WELL_AFTER_SECONDS

    async def _keep(self, name: str, loop: Loop) -> None:
        while not self._stop.is_set():
            self._began[name] = steady_seconds()
            try:
                await loop(self._stop)
            except Exception:
                log.exception("background_work_ended", work=name)
            else:
                if self._stop.is_set():
                    return
                log.error("background_work_ended", work=name)
            self._ends[name] = 1 if self._runs_well(name) else self._ends[name] + 1
            self._began[name] = math.inf
            pause = self._first_pause_seconds * 2 ** min(self._ends[name] - 1, 10)
            await happens_within(self._stop, min(pause, _LONGEST_PAUSE_SECONDS))

    async def close(self) -> None:
        """Tells the loops to stop, and waits for every one of them. Those that do not end in time
        are cut off.
        """
        self._stop.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._closing.left(_STOP_SECONDS))
        if late:
            log.error("background_work_cut_off", work=sorted(one.get_name() for one in late))
            for one in late:
                one.cancel()
            await asyncio.wait(late, timeout=_CUT_OFF_SECONDS)


@asynccontextmanager
async def running(
    loops: Mapping[str, Loop],
    *,
    first_pause_seconds: float = 1.0,
    closing: ClosingTime | None = None,
) -> AsyncGenerator[Background]:
    """Runs the loops, each under its name, for the length of the block, and then tells them to
    stop and waits for every one of them.
    """
    background = Background(loops, first_pause_seconds, closing or ClosingTime())
    try:
        yield background
    finally:
        await background.close()
