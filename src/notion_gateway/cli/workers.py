"""The parent of ``serve --workers``: starts the workers, starts again what dies, hands over.

It serves nothing itself. Unlike the supervisor of ``start``, whose children live and end together,
it goes on when one of them ends.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, final

import structlog

from notion_gateway.cli.listeners import open_listeners, set_aside
from notion_gateway.cli.output import Exit, Fault
from notion_gateway.cli.worker_metrics import WorkerMetrics
from notion_gateway.http.stopping import HAND_OVER_SECONDS, SAME_SIGNAL_SECONDS
from notion_gateway.kernel import log_level, worker_counts

log = structlog.stdlib.get_logger()

_START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 1.0
_UNREADY_STOP_SECONDS = 45.0
"""For one that has not said how long it may take."""
_SOON_SECONDS = 10.0
_PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Before a worker is started again that died soon after its start. After the last one it is given
up where none serves, and tried again ever more seldom where another one does, or what it needs is
not to be had just now: the database will come back.
"""
_LONGEST_PAUSE_SECONDS = 30.0
_BEATS_LATE_SECONDS = 5.0
"""A worker beats once a second, and is looked at as often: sooner none is known to hang."""


async def run_workers(
    host: str, port: int, count: int, metrics: WorkerMetrics, hung_seconds: float
) -> None:
    """Until SIGINT or SIGTERM; on SIGHUP new workers take over, and signals that change the log
    level are passed on. A worker that says nothing for ``hung_seconds`` is killed, unless they are
    0. Raises Fault where workers cannot be kept alive. Every worker has ended
    when this returns or raises.
    """
    with contextlib.ExitStack() as stack:
        listeners = open_listeners(host, port, count)
        for one in listeners:
            stack.enter_context(one)
        memory = worker_counts.new_memory(2 * count + 1)  # one is its own
        stack.callback(os.close, memory)
        await _Workers(host, port, listeners, memory, metrics, hung_seconds).run()


@dataclass(eq=False, slots=True)
class _Worker:
    """``slot`` is its listener; ``place`` its part of the shared counts."""

    slot: int
    place: int
    process: asyncio.subprocess.Process
    told: "_Told"
    began: float
    is_dismissed: bool = False
    is_killed: bool = False


@final
class _Workers:
    def __init__(
        self,
        host: str,
        port: int,
        listeners: list[socket.socket],
        memory: int,
        metrics: WorkerMetrics,
        hung_seconds: float,
    ) -> None:
        self._host = host
        self._port = port
        self._listeners = listeners
        self._memory = memory
        self._metrics = metrics
        self._kept = worker_counts.WorkerCounts(memory, 2 * len(listeners))
        """What workers that have ended had counted: a limit holds across them."""
        self._hung_seconds = hung_seconds
        self._seed = str(secrets.randbelow(2**32 - 1) + 1)
        self._current: dict[int, _Worker] = {}
        self._living: set[_Worker] = set()
        self._deaths = dict.fromkeys(range(len(listeners)), 0)
        self._watches: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self._stopped_at = 0.0
        self._renew = asyncio.Event()
        self._hands_over = False

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop_or_kill)
        loop.add_signal_handler(signal.SIGHUP, self._ask_to_renew)
        log_level.heed_signals(pass_on=self._pass_on)
        work = asyncio.create_task(self._work())
        beats = asyncio.create_task(self._kill_hung())
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({work, stop, self._failure}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stop.set()
            await _cancel([work, stop, beats])
            for one in self._listeners:
                one.close()
            await self._end(tuple(self._living))
            await _cancel(self._watches)
        if self._failure.done():
            self._failure.result()
        if not work.cancelled():
            work.result()

    def _ask_to_renew(self) -> None:
        self._renew.set()
        if self._hands_over:
            log.info(
                "hand_over_waits",
                longest_seconds=HAND_OVER_SECONDS,
                hint="new workers start when those that were taken over from have ended",
            )

    def _stop_or_kill(self) -> None:
        if not self._stop.is_set():
            self._stopped_at = monotonic()
            self._stop.set()
        elif monotonic() - self._stopped_at > SAME_SIGNAL_SECONDS:
            for one in self._living:
                _signal(one, signal.SIGKILL)

    def _pass_on(self, number: signal.Signals) -> None:
        """To those that heed it. To others it would be the end; ``_tell_level`` tells them."""
        for one in self._living:
            if _is_ready(one):
                _signal(one, number)

    async def _work(self) -> None:
        for slot in range(len(self._listeners)):
            self._watch(await self._start(slot, slot))
        while not all(_is_ready(one) for one in self._current.values()):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        log.info("workers_ready", workers=len(self._listeners), port=self._port)
        while True:
            await self._renew.wait()
            self._renew.clear()
            self._hands_over = True
            await self._hand_over()
            self._hands_over = False

    async def _start(self, slot: int, place: int) -> _Worker:
        listener = self._listeners[slot].fileno()
        reading, writing = os.pipe()
        arguments = {
            "host": self._host,
            "port": self._port,
            "listener": listener,
            "counts": self._memory,
            "place": place,
            "ready": writing,
        }
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "notion_gateway.cli.worker",
                *(f"--{name}={value}" for name, value in arguments.items()),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(listener, self._memory, writing),
                env={**os.environ, **self._metrics.variables, "PYTHONHASHSEED": self._seed},
                start_new_session=True,  # a Ctrl-C in the terminal is the parent's to pass on
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        one = _Worker(slot, place, process, await _listened_to(reading), monotonic())
        one.told.ready.add_done_callback(lambda _: _tell_level(one))
        self._living.add(one)
        return one

    def _watch(self, one: _Worker) -> None:
        """It is its slot's worker from here on."""
        self._current[one.slot] = one
        task = asyncio.create_task(self._replace_when_dead(one))
        self._watches.add(task)
        task.add_done_callback(self._watched)

    def _watched(self, task: asyncio.Task[None]) -> None:
        self._watches.discard(task)
        if not task.cancelled() and (fault := task.exception()) and not self._failure.done():
            self._failure.set_exception(fault)

    async def _replace_when_dead(self, one: _Worker) -> None:
        code = await self._ended(one)
        if one.is_dismissed or self._stop.is_set():
            return
        was_soon = monotonic() - one.began < _SOON_SECONDS
        deaths = self._deaths[one.slot] = self._deaths[one.slot] + 1 if was_soon else 1
        log.error("worker_died", pid=one.process.pid, exit_code=code)
        if deaths > len(_PAUSES_SECONDS) and code != Exit.UNAVAILABLE and not self._serves():
            raise Fault(
                f"A worker died {deaths} times soon after its start, the last time with exit code"
                f" {code}; the log says why. Mend that and start the gateway again.",
                Exit(code) if code in (Exit.USAGE, Exit.MISFIT) else Exit.FAULT,
            )
        if deaths > len(_PAUSES_SECONDS):
            self._set_aside(one.slot)
        successor = await self._started_after(_pause_seconds(deaths), one)
        while successor is None and not one.is_dismissed:
            successor = await self._started_after(_LONGEST_PAUSE_SECONDS, one)
        if successor is None:
            return
        if one.is_dismissed:  # a hand-over was faster
            await self._end([successor])
        else:
            self._watch(successor)

    async def _kill_hung(self) -> None:
        """Those that were ready, and say nothing any more. A hung one still has its connections,
        and gets new ones.
        """
        within = max(self._hung_seconds, _BEATS_LATE_SECONDS)
        while self._hung_seconds:
            slept_at = monotonic()
            await asyncio.sleep(_LOOK_SECONDS)
            now = monotonic()
            if now - slept_at > 2 * _LOOK_SECONDS:
                continue  # this process stood still, and has yet to read what they wrote meanwhile
            for one in self._living:
                silent = now - one.told.at
                if _is_ready(one) and silent > within and not one.is_killed:
                    log.error("worker_hung", pid=one.process.pid, silent_seconds=round(silent, 1))
                    one.is_killed = True
                    _signal(one, signal.SIGKILL)

    def _serves(self) -> bool:
        return any(_is_ready(one) and one in self._living for one in self._current.values())

    def _set_aside(self, slot: int) -> None:
        listener = self._listeners[slot]
        try:
            self._listeners[slot] = set_aside(listener, self._host, self._port)
        except OSError as fault:  # connections wait in it as they did
            log.error("listener_not_set_aside", detail=str(fault))  # noqa: TRY400

    async def _started_after(self, seconds: float, dead: _Worker) -> _Worker | None:
        """In the place of the dead one. None where it needs no successor any more, or the system
        starts no process just now.
        """
        await asyncio.sleep(seconds)
        if dead.is_dismissed:
            return None
        try:
            return await self._start(dead.slot, dead.place)
        except OSError as fault:
            log.error("worker_not_started", detail=str(fault))  # noqa: TRY400
            return None

    async def _hand_over(self) -> None:
        """New workers with the settings as they are now; the old ones stay if those fail."""
        count = len(self._listeners)
        taken = {one.place for one in (*self._living, *self._current.values())}
        free = [place for place in range(2 * count) if place not in taken]
        new: list[_Worker] = []
        try:
            for slot in range(count):
                new.append(await self._start(slot, free[slot]))  # noqa: PERF401 - each is known at once
            await asyncio.wait({one.told.ready for one in new}, timeout=_START_SECONDS)
        except OSError as fault:  # the system starts no process just now
            log.error("worker_not_started", detail=str(fault))  # noqa: TRY400
        if len(new) < count or not all(_is_ready(one) for one in new):
            log.error("hand_over_failed", hint="the new workers did not start: the old ones stay")
            await self._end(new)
            return
        old = [self._current[one.slot] for one in new]
        for one in old:
            one.is_dismissed = True
        for one in new:
            self._watch(one)
        log.info("handed_over", workers=count)
        await self._end(old, signal.SIGHUP)

    async def _end(
        self, workers: Sequence[_Worker], number: signal.Signals = signal.SIGTERM
    ) -> None:
        """Tells them, and kills what has not ended in time. SIGHUP: another one took its place."""
        for one in workers:
            one.is_dismissed = True
            _signal(one, number)
        ends = {asyncio.create_task(self._ended(one)) for one in workers}
        if ends:
            longest = max(_stop_seconds(one) for one in workers)
            if number == signal.SIGHUP:
                longest += HAND_OVER_SECONDS
            _, late = await asyncio.wait(ends, timeout=longest)
            if late:
                log.error("workers_killed", workers=len(late), after_seconds=longest)
                for one in workers:
                    _signal(one, signal.SIGKILL)
                await asyncio.wait(late)

    async def _ended(self, one: _Worker) -> int:
        code = await one.process.wait()
        if one in self._living:
            self._living.discard(one)
            worker_counts.take_over(self._memory, one.place, self._kept)
            self._metrics.ended(one.process.pid)
        return code


@final
class _Told(asyncio.Protocol):
    """What a worker writes: a line when it is ready, and then a character now and then.

    ``ready``: once it is, how many seconds it may take to stop; 0 if it ends before. ``at``: when
    it was last heard.
    """

    def __init__(self) -> None:
        self.ready: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.at = monotonic()
        self._line = b""

    def data_received(self, data: bytes) -> None:
        self.at = monotonic()
        if not self.ready.done():
            self._line += data
            line, ended, _ = self._line.partition(b"\n")
            if ended:
                self.ready.set_result(float(line))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.ready.done():
            self.ready.set_result(0.0)


async def _listened_to(reading: int) -> _Told:
    pipe = os.fdopen(reading, "rb", buffering=0)
    _, told = await asyncio.get_running_loop().connect_read_pipe(_Told, pipe)
    return told


def _is_ready(one: _Worker) -> bool:
    return one.told.ready.done() and one.told.ready.result() > 0


def _tell_level(one: _Worker) -> None:
    """It has begun with the level that is set; this process may have been told another one."""
    if _is_ready(one) and log_level.shows_more_than_set():
        _signal(one, log_level.TO_DEBUG)


def _pause_seconds(deaths: int) -> float:
    """Before a worker that died so many times soon after its start is started again."""
    if deaths <= len(_PAUSES_SECONDS):
        return _PAUSES_SECONDS[deaths - 1]
    more = min(deaths - len(_PAUSES_SECONDS), 6)
    return min(_PAUSES_SECONDS[-1] * 2**more, _LONGEST_PAUSE_SECONDS)


def _stop_seconds(one: _Worker) -> float:
    return one.told.ready.result() if _is_ready(one) else _UNREADY_STOP_SECONDS


def _signal(one: _Worker, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        one.process.send_signal(number)


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    cancelled = tuple(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
