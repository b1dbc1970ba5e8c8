"""A log whose reader stands still."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unread_pipe(folder: Path) -> Generator[Path]:
    """Somebody has it open, and never reads: it takes 64 KiB, then whoever writes waits."""
    pipe = folder / "log"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR)
    try:
        yield pipe
    finally:
        os.close(reader)
