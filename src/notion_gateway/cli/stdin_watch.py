"""Ends this process when its stdin closes, which is a pipe that its parent holds."""

import os
import signal
import threading
from typing import Final

_watches: Final[list[threading.Thread]] = []


def end_with_stdin() -> None:
    """Returns at once. SIGTERM comes to this process when its stdin has closed."""
    thread = threading.Thread(target=_wait_and_end, daemon=True)
    _watches.append(thread)
    thread.start()


def ends_with_stdin() -> bool:
    return bool(_watches)


def _wait_and_end() -> None:
    os.read(0, 1)  # not sys.stdin: its lock, held at exit, would crash the interpreter
    os.kill(os.getpid(), signal.SIGTERM)
