"""Where finished lines of the log go: at once, or in batches that no call waits for."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TextIO, final

MAX_WAITING_CHARACTERS: Final = 4 * 1024 * 1024
"""Of lines that a slow disk has not taken yet. What comes beyond is counted, and lost."""
_ENDS_WITHIN_SECONDS: Final = 5.0
_ONE_AT_A_TIME: Final = threading.Lock()
"""A line is whole: a thread and the loop may both write."""


@final
class LogStream:
    """What structlog hands finished lines to. A line that cannot be written is lost.

    A log that nobody reads any more (a broken pipe, a full disk) is no caller's fault.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        self.write(line + "\n")

    debug = info = warning = error = exception = critical = msg

    def write(self, lines: str) -> None:
        """Each with its end."""
        try:
            with _ONE_AT_A_TIME:
                self._stream.write(lines)
                self._stream.flush()
        except (OSError, ValueError):
            return


@final
class BatchWriter:
    """A thread that writes, so that a slow disk holds up nobody but those who write at once.

    ``told`` is given how many lines were lost, once there is room again to say so; it returns
    the line that says it.
    """

    def __init__(self, stream: LogStream, told: Callable[[int], str]) -> None:
        self._stream = stream
        self._told = told
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._given = 0
        """Characters, as the caller counts them; ``_taken`` is the thread's own count."""
        self._taken = 0
        self._lost = 0
        self.lost_in_all = 0
        self._thread = threading.Thread(target=self._run, name="request log", daemon=True)
        self._thread.start()

    def write(self, lines: list[str]) -> None:
        """Takes no time. Each line with its end."""
        batch = "".join(lines)
        if self._given - self._taken + len(batch) > MAX_WAITING_CHARACTERS:
            self._lost += len(lines)
            self.lost_in_all += len(lines)
            return
        if self._lost:
            batch = self._told(self._lost) + batch
            self._lost = 0
        self._given += len(batch)
        self._queue.put(batch)

    @property
    def waiting_characters(self) -> int:
        return self._given - self._taken

    def close(self) -> None:
        """Everything is written when this returns, if the disk takes it within five seconds."""
        if self._lost:
            self._queue.put(self._told(self._lost))
        self._queue.put(None)
        self._thread.join(_ENDS_WITHIN_SECONDS)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            self._stream.write(batch)
            self._taken += len(batch)
