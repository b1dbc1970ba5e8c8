"""Tells somebody else of each call that is recorded, beside the calls and beside the database.

What waits is bounded, and what finds no room, or is not taken, is counted and told, there and in
the log.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Final, Protocol, final

import structlog

from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

MOST_WAITING: Final = 10_000
_LAST_SECONDS: Final = 5.0
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0

Told = tuple[str, Entry]
"""A space, and a call in it."""


class Way(Protocol):
    async def send(self, these: Sequence[Told]) -> None:
        """Raises OSError, also TimeoutError, where they were not taken."""
        ...


class Receiver(Protocol):
    """``name``: in the log, and in metrics. ``together``: how many it is told at a time.
    ``gives_up_seconds``: after so long in which none were taken, those whose turn it is count as
    lost, because it may be they that it does not take.
    """

    @property
    def name(self) -> str: ...
    @property
    def together(self) -> int: ...
    @property
    def gives_up_seconds(self) -> float: ...

    def reached(self) -> AbstractAsyncContextManager[Way]:
        """Raises OSError."""
        ...

    def close(self) -> None: ...


@final
class Forwarder:
    def __init__(self, receiver: Receiver, *, most_waiting: int = MOST_WAITING) -> None:
        self._receiver = receiver
        self._most_waiting = most_waiting
        self._waiting: deque[Told] = deque()
        self._lost = Counter[str]()
        self._has_come = asyncio.Event()
        self._failing_since: float | None = None
        self._pause = _FIRST_PAUSE_SECONDS
        self._faults = 0
        """Since it was last taken: those that nobody foresaw."""
        self.name = receiver.name
        self.lost_in_all = 0

    def tell(self, space_id: str, entry: Entry) -> None:
        """Takes no time."""
        if len(self._waiting) >= self._most_waiting:
            self._lose(space_id, entry)
            return
        self._waiting.append((space_id, entry))
        self._has_come.set()

    def _lose(self, space_id: str, entry: Entry) -> None:
        if not self._lost:
            log.warning("audit_forwarding_lost", to=self.name, waiting=len(self._waiting))
        self._lost[space_id] += entry.calls
        self.lost_in_all += entry.calls

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; then what waits is sent, for five seconds at the most."""
        sending = asyncio.create_task(self._send_until(stop), name=f"audit to {self.name}")
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._has_come.set())
        try:
            await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({sending}, timeout=_LAST_SECONDS)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, stopping):
                task.cancel()
            await asyncio.gather(sending, stopping, return_exceptions=True)
            self._receiver.close()
            if self._waiting or self._lost:
                log.warning("audit_forwarding_lost", to=self.name, waiting=len(self._waiting))

    async def _send_until(self, stop: asyncio.Event) -> None:
        """No fault ends it. One that nobody foresaw is told of once, with where it arose, and
        counted until something is taken again.
        """
        while not stop.is_set():
            try:
                async with self._receiver.reached() as way:
                    await self._send_all(way, stop)
            except OSError as fault:
                log.warning(
                    "audit_forwarding_interrupted",
                    to=self.name,
                    detail=str(fault) or type(fault).__name__,
                    waiting=len(self._waiting),
                )
                self._give_up_in_time()
            except Exception:
                if not self._faults:
                    log.exception(
                        "audit_forwarding_failed", to=self.name, waiting=len(self._waiting)
                    )
                self._faults += 1
                self._give_up_in_time()
            if not stop.is_set():
                await happens_within(stop, self._pause)
                self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)

    async def _send_all(self, way: Way, stop: asyncio.Event) -> None:
        while self._waiting or self._lost or not stop.is_set():
            if self._waiting or self._lost:
                await self._send_next(way)
                self._was_taken()
            else:
                self._has_come.clear()
                if not stop.is_set():
                    await self._has_come.wait()

    async def _send_next(self, way: Way) -> None:
        """What could not be sent waits in its place for the next time."""
        these = self._next()
        if these:
            try:
                await way.send(these)
            except OSError:
                raise
            except Exception:
                # Nobody's absence, but something in them: they would hold up the others for ever.
                self._lose_next()
                raise
            for _ in these:
                self._waiting.popleft()
            return
        space_id, calls = next(iter(self._lost.items()))
        await way.send([(space_id, Entry(at=time.time(), kind=Kind.LOST, calls=calls))])
        self._lost[space_id] -= calls
        self._lost += Counter()  # without those of which there are none left

    def _was_taken(self) -> None:
        self._failing_since, self._pause = None, _FIRST_PAUSE_SECONDS
        if self._faults:
            log.info("audit_forwarding_goes_on", to=self.name, faults=self._faults)
            self._faults = 0

    def _next(self) -> Sequence[Told]:
        return list(islice(self._waiting, self._receiver.together))

    def _give_up_in_time(self) -> None:
        now = steady_seconds()
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since >= self._receiver.gives_up_seconds:
            self._failing_since = None
            self._lose_next()

    def _lose_next(self) -> None:
        for space_id, entry in self._next():
            self._waiting.popleft()
            self._lose(space_id, entry)
