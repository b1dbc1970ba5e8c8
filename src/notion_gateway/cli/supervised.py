"""``python -m notion_gateway.cli.supervised …``: the command line, ended when its parent ends.

The parent holds the other end of stdin and never writes. However the parent goes, also
by SIGKILL, the pipe closes and this process stops in its usual way.
"""

from notion_gateway.cli import app
from notion_gateway.cli.stdin_watch import end_with_stdin

if __name__ == "__main__":
    end_with_stdin()
    app()
