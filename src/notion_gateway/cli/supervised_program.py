"""``python -m notion_gateway.cli.supervised_program …``: any program, ended when its parent ends.

As ``supervised``, for what is not our own command line: the pipe on stdin closes however the
parent goes, and the program is told to stop.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType


def main(arguments: list[str]) -> int:
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)  # noqa: S603 - given by us

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        process.terminate()

    def end_with_parent() -> None:
        os.read(0, 1)
        process.terminate()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    threading.Thread(target=end_with_parent, daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
