"""A clock that processes share, and that a test pushes forward for all of them at once."""

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notion_gateway.kernel.clock import SystemClock
from notion_gateway.storage.database_clock import DatabaseClock

_SECONDS = struct.Struct("d")
_ROOT = Path(__file__).parents[2]
_BENDING = """
from pathlib import Path
from tests.faults.skipping_clock import SkippingClock
SkippingClock(Path({file!r})).bend()
"""


class SkippingClock:
    """Real time, plus what was skipped: that stands in ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        if not file.exists():
            file.write_bytes(_SECONDS.pack(0.0))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), _SECONDS.size)

    @property
    def skipped_seconds(self) -> float:
        found: float = _SECONDS.unpack_from(self._shared)[0]
        return found

    def __call__(self) -> float:
        return time.time() + self.skipped_seconds

    def skip(self, seconds: float) -> None:
        _SECONDS.pack_into(self._shared, 0, self.skipped_seconds + seconds)

    def python_path(self, *before: Path) -> str:
        """What ``PYTHONPATH`` is set to for a process that goes by it from its first moment."""
        folder = self._file.with_suffix(".bending")
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(_BENDING.format(file=str(self._file)))
        return os.pathsep.join(map(str, (*before, folder, _ROOT)))

    def bend(self) -> None:
        """From now on this process's own clock and what it knows of the database's go by it."""

        def change(timestamp: Callable[[Any], float]) -> Callable[[Any], float]:
            def skipped(clock: object) -> float:
                return timestamp(clock) + self.skipped_seconds

            return skipped

        for kind in (SystemClock, DatabaseClock):
            setattr(kind, "timestamp", change(kind.timestamp))  # noqa: B010 - from outside
