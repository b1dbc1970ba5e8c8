"""``python -m notion_gateway.cli.supervised …``: the command line, ended when its parent ends.

The parent holds the other end of stdin and never writes. However the parent goes, also
by SIGKILL, the pipe closes and this process stops in its usual way.
"""

import os
import signal
import threading

from notion_gateway.cli import app


def _end_with_parent() -> None:
    os.read(0, 1)  # not sys.stdin: its lock, held at exit, would crash the interpreter
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app()
