"""``python fork_server.py DESCRIPTOR``: our programs, loaded once; each start is a fork of it.

A program that is started loads modules for one to two seconds before it does anything of its own.
Here they are loaded once, by an interpreter that nothing else has run in; everything that a program
does from its first own line on happens in its own process. ``forked.py`` speaks to this one.

What nobody may notice: nothing but modules is there before the fork. No thread, no descriptor, no
event loop; random numbers begin anew in each child; and the names of the environment variables
that were read meanwhile are told, so that a program that is given others is started for itself.
"""

import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

LOADED = (
    "notion_gateway.app",
    "notion_gateway.cli.client",
    "notion_gateway.cli.program",
    "notion_gateway.http.server",
    "notion_gateway.operations.operator",
    "notion_gateway.storage.opening",
    "notion_gateway.vault.opening",
    "notion_simulator.app",
    "notion_simulator.cli",
    *("aiosqlite", "alembic.command", "anyio._backends._asyncio", "httpcore2", "uvloop"),
    *("mcp.client.session", "mcp.server.auth.routes", "rich.console", "rich.table"),
    *("sqlalchemy.dialects.postgresql.asyncpg", "sqlalchemy.dialects.sqlite.aiosqlite"),
    *("typer.rich_utils", "uvicorn.lifespan.on"),
)
"""Our programs, and of libraries what they load when they run."""


@dataclass(frozen=True, slots=True)
class Start:
    """``arguments``: ``-m`` and a module, or a script's path; then what it is given."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        del sys.path[0]  # where this file is
        before = _held()
        with variables_noted() as read:
            load()
        if kept := _held() - before:
            raise RuntimeError(
                f"modules that are loaded hold what each process has its own of: {kept}"
            )
        for one in random_numbers():
            os.register_at_fork(after_in_child=one.seed)  # as the module random does for its own
        gc.collect()
        gc.freeze()  # a search for unused objects would copy all of them, in each child
        channel.sendall(json.dumps(sorted(read)).encode() + b"\n")
        start = _serve(channel)
    if start is not None:
        _become(start)


def load() -> None:
    before = gc.get_threshold()
    importlib.import_module("notion_gateway.cli.serving").load_quickly()  # as serve does it
    for module in LOADED:
        importlib.import_module(module)
    gc.set_threshold(*before)


def random_numbers() -> Iterator[random.Random]:
    """Every source of them that goes on from where it is, such as one of a loaded module."""
    return (one for one in gc.get_objects() if type(one) is random.Random)


def _held() -> set[str]:
    """The threads and descriptors of this process, but those that a look at them needs."""
    process = Path("/proc/self")
    threads = {f"thread {one.name}" for one in process.joinpath("task").iterdir()}
    files = (one for one in process.joinpath("fd").iterdir() if one.exists())
    return threads | {f"{one.name} of {one.readlink()}" for one in files}


@contextmanager
def variables_noted() -> Generator[set[str]]:
    """The names of those that are read within the block."""
    names: set[str] = set()
    kind: Any = type(os.environ)
    read = kind.__getitem__

    def noting(self: Any, name: str) -> str:
        names.add(name)
        return read(self, name)

    kind.__getitem__ = noting
    try:
        yield names
    finally:
        kind.__getitem__ = read


def _serve(channel: socket.socket) -> Start | None:
    """In each child, what it is to do; in this process nothing, when nobody is there any more."""
    told: dict[int, int] = {}
    waking, wake = os.pipe()
    for descriptor in (waking, wake):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it is the tests' own
    signal.signal(signal.SIGCHLD, _heard)
    signal.set_wakeup_fd(wake)
    while True:
        ready, _, _ = select.select([channel, waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _tell_ends(told)
        if channel not in ready:
            continue
        word, descriptors, _, _ = socket.recv_fds(channel, 1, 5)
        if not word:
            return None
        request, *streams, status = descriptors
        with os.fdopen(request) as file:
            start = Start(**json.load(file))
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for one in (waking, wake, *told.values()):
                os.close(one)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.environ.clear()
            os.environ.update(start.environment)
            os.chdir(start.folder)
            os.write(status, b"%d\n" % os.getpid())  # from here on it may be sent signals
            os.close(status)
            return start
        told[pid] = status
        for stream in streams:
            os.close(stream)


def _heard(number: int, frame: FrameType | None) -> None:
    """The wake-up descriptor has told it."""


def _tell_ends(told: dict[int, int]) -> None:
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        descriptor = told.pop(pid)
        with suppress(BrokenPipeError):  # nobody waits for it
            os.write(descriptor, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(descriptor)


def _become(start: Start) -> None:
    sys.dont_write_bytecode = bool(start.environment.get("PYTHONDONTWRITEBYTECODE"))
    program, *arguments = start.arguments
    if program == "-m":
        module, *arguments = arguments
        sys.argv[:] = [program, *arguments]
        sys.path.insert(0, start.folder)
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = [program, *arguments]
        sys.path.insert(0, str(Path(program).parent))
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
