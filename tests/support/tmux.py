"""A terminal as people have it on a machine without a browser: a shell in tmux."""

import asyncio
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import final

from tests.support.waiting import PATIENCE_SECONDS, until


@final
class Shell:
    """In a window of 80 columns and 24 lines."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def types(self, line: str) -> None:
        """And Enter."""
        self.tell("send-keys", "-l", line)
        self.tell("send-keys", "Enter")

    def screen(self) -> str:
        """What stands there, with lines that were too long made whole."""
        return self.tell("capture-pane", "-p", "-J")

    def shows(self, pattern: str) -> str:
        """The first group of what the screen shows, as soon as it does."""
        found: list[re.Match[str]] = []

        def is_there() -> bool:
            found.extend(re.finditer(pattern, self.screen()))
            return bool(found)

        try:
            asyncio.run(until(is_there))
        except TimeoutError:
            raise AssertionError(f"no {pattern} on the screen:\n{self.screen()}") from None
        return found[0][1]

    def tell(self, *command: str, environment: Mapping[str, str] | None = None) -> str:
        program = shutil.which("tmux")
        assert program is not None, "tmux is missing: tests/support/install-servers installs it"
        return subprocess.run(  # noqa: S603 - on a socket of its own
            [program, "-f", "/dev/null", "-S", str(self._socket), *command],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        ).stdout


@contextmanager
def tmux(folder: Path, environment: Mapping[str, str]) -> Generator[Shell]:
    # A socket's path has to be short.
    with tempfile.TemporaryDirectory(prefix="tmux-") as place:
        shell = Shell(Path(place) / "socket")
        window = ("-d", "-x", "80", "-y", "24", "-c", str(folder), "sh")
        shell.tell("new-session", *window, environment=environment)
        try:
            yield shell
        finally:
            shell.tell("kill-server")
