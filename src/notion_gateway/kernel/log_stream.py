"""Where finished lines of the log go: at once, or by a thread that nobody waits for."""

import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Final, TextIO, final

MAX_WAITING_CHARACTERS: Final = 4 * 1024 * 1024
"""Of lines that a slow disk has not taken yet. What comes beyond is counted, and lost."""
_ENDS_WITHIN_SECONDS: Final = 5.0
_ONE_AT_A_TIME: Final = threading.RLock()
"""A line is whole: several threads may write. What the garbage collection ends may log, too, and it
comes to that between any two steps of this module.
"""


@final
class LogStream:
    """What structlog and the standard library hand finished lines to. A line that cannot be
    written is lost.

    A log that nobody reads any more (a broken pipe, a full disk) is no caller's fault. Nor is one
    whose reader stands still: where a ``LogThread`` has begun, that one writes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        self.write(line + "\n")

    debug = info = warning = error = exception = critical = msg

    def write(self, lines: str) -> None:
        """Each with its end."""
        thread = _thread
        if thread is None:
            self.write_at_once(lines)
        else:
            thread.write([lines])

    def write_at_once(self, lines: str) -> None:
        """When it returns they are written; as long as that takes."""
        try:
            with _ONE_AT_A_TIME:
                self._stream.write(lines)
                self._stream.flush()
        except (OSError, ValueError):
            return

    def write_past_buffers(self, lines: str) -> None:
        """As ``write_at_once``. A thread that waits in here is in nobody's way: the process's end
        waits for the stream's own buffer, which is not held meanwhile.
        """
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError):
            self.write_at_once(lines)
            return
        left = memoryview(lines.encode(errors="backslashreplace"))
        try:
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            return


@final
class LogThread:
    """Writes every line of the process, from its making until ``close``: neither a slow disk nor a
    reader that stands still holds up anybody. ``log_thread`` makes it.

    ``told`` is given how many lines were lost, once there is room again to say so; it returns
    the line that says it.
    """

    def __init__(self, stream: LogStream, told: Callable[[int], str]) -> None:
        self._stream = stream
        self._told = told
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._counting = threading.RLock()  # for the reason of ``_ONE_AT_A_TIME``
        self._given = 0
        """Characters, as those count them who log; ``_taken`` is the thread's own count."""
        self._taken = 0
        self._lost = 0
        self.lost_in_all = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, lines: list[str]) -> None:
        """Takes no time. Each with its end."""
        batch = "".join(lines)
        with self._counting:
            if self._given - self._taken + len(batch) > MAX_WAITING_CHARACTERS:
                self._lost += len(lines)
                self.lost_in_all += len(lines)
                return
            batch = self._of_lost() + batch
            self._given += len(batch)
            self._queue.put(batch)

    @property
    def waiting_characters(self) -> int:
        return self._given - self._taken

    def close(self) -> bool:
        """Everything is written when this returns, if that takes no longer than five seconds;
        whether it is.
        """
        with self._counting:
            self._queue.put(self._of_lost())
        self._queue.put(None)
        self._thread.join(_ENDS_WITHIN_SECONDS)
        return not self._thread.is_alive()

    def _of_lost(self) -> str:
        lost, self._lost = self._lost, 0
        return self._told(lost) if lost else ""

    def write_rest(self) -> None:
        """What was logged while it ended."""
        try:
            while True:
                self._stream.write_at_once(self._queue.get_nowait() or "")
        except Empty:
            return

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            self._stream.write_past_buffers(batch)
            self._taken += len(batch)


_thread: LogThread | None = None


@contextmanager
def log_thread(stream: TextIO, told: Callable[[int], str]) -> Generator[LogThread]:
    """Within the block a thread writes every line. One that cannot come to its end, five seconds
    after the block's, keeps what is logged from then on: the process is to end.
    """
    global _thread  # noqa: PLW0603 - of the process, as all of logging
    thread = _thread = LogThread(LogStream(stream), told)
    try:
        yield thread
    finally:
        if thread.close():
            _thread = None
            thread.write_rest()
