"""``python -m notion_gateway.cli.supervised …``: the command line, ended when its parent ends.

The parent holds the other end of stdin and never writes. However the parent goes, also
by SIGKILL, the pipe closes and this process stops in its usual way.
"""

import os
import signal
import threading

from notion_gateway.cli import app


def end_with_parent() -> None:
    """Returns at once. SIGTERM comes to this process when its stdin has closed."""
    threading.Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    os.read(0, 1)  # not sys.stdin: its lock, held at exit, would crash the interpreter
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    end_with_parent()
    app()
