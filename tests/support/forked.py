"""Our own programs as processes that need not load what they run: ``fork_server.py`` has loaded it.

``started`` is for tests that want a program to run. Where the subject is the start itself (what is
loaded, how much memory it takes, what is installed), ``subprocess`` starts it, or ``started`` does
within ``none_forked``.
"""

import atexit
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self, TypeAlias, final

_PYTHON = sys.executable  # a test may put a wrapper in its place, which is started then
_SERVER = Path(__file__).with_name("fork_server.py")
_BIN = Path(sys.prefix, "bin")
_MODULES = ("notion_gateway.cli", "notion_simulator")
_SCRIPTS = tuple(str(_BIN / name) for name in ("notion-gateway", "notion-simulator"))
_READ_BY_THE_INTERPRETER = (
    *("PYTHON", "LANG", "LC_", "TZ", "LD_", "MALLOC_", "GLIBC_"),
    *("OPENSSL_", "SSL_"),  # a library that is loaded makes a context with its certificates
)
_BYTECODE = "PYTHONDONTWRITEBYTECODE"  # the server heeds it for each child
_FORK_SECONDS = 60
Stream: TypeAlias = int | IO[Any]


class Started(Protocol):
    """What ``subprocess.Popen`` and ``Forked`` have in common."""

    pid: int
    returncode: int | Any
    stdout: IO[str] | None
    stderr: IO[str] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def communicate(self, *, timeout: float | None = None) -> tuple[Any, Any]: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


_may_fork = ContextVar("may_fork", default=True)


@contextmanager
def none_forked() -> Generator[None]:
    """Within the block every program is started, such as one whose memory is measured: a fork has
    from its beginning what its server has loaded.
    """
    before = _may_fork.set(False)
    try:
        yield
    finally:
        _may_fork.reset(before)


def started(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: Stream,
    stderr: Stream,
) -> Started:
    """As ``subprocess.Popen`` with these, in text and with nothing to read: a process of its own,
    which is forked where it would load our program, and otherwise started.
    """
    if _may_fork.get() and _is_ours(command) and (server := _server()).fits(env):
        return Forked(server, command, env, cwd, stdout, stderr)
    return subprocess.Popen(  # noqa: S603 - our own program
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
    )


def _is_ours(command: Sequence[str]) -> bool:
    program, *arguments = command
    if program == _PYTHON:
        return arguments[:1] == ["-m"] and arguments[1] in _MODULES
    return program in _SCRIPTS


@final
class _Server:
    def __init__(self) -> None:
        self._limits = _limits()
        self._variables = {k: v for k, v in os.environ.items() if k != _BYTECODE}
        self.channel, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(  # noqa: S603 - our own
                [_PYTHON, str(_SERVER), str(its.fileno())],
                env=self._variables,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # a terminal would be written to line by line
                pass_fds=(its.fileno(),),
            )
        with self.channel.makefile("rb") as told:
            line = told.readline()
        if not line:
            raise RuntimeError(f"it ended with {self._process.wait()}: its stderr says why")
        self.read_names: frozenset[str] = frozenset(json.loads(line))
        """The variables that are read where modules are loaded."""
        atexit.register(self._end)

    def fits(self, variables: Mapping[str, str]) -> bool:
        """Whether what a program with these would read and inherit is what the server has."""
        if _limits() != self._limits:
            return False
        names = {*self.read_names} | {
            name
            for name in {*variables, *self._variables} - {_BYTECODE}
            if name.startswith(_READ_BY_THE_INTERPRETER)
        }
        return all(variables.get(name) == self._variables.get(name) for name in names)

    def _end(self) -> None:
        self.channel.close()
        self._process.wait()


def _limits() -> list[tuple[int, int]]:
    """Of memory, files and the like: a process inherits its parent's."""
    names = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
    return [resource.getrlimit(getattr(resource, name)) for name in names]


@cache
def _server() -> _Server:
    return _Server()


def read_before_the_fork() -> frozenset[str]:
    """The names of the variables that a child cannot be given otherwise."""
    return _server().read_names


@final
class Forked:
    """Behaves as ``subprocess.Popen`` does. It is the server's child: that one reaps it, and tells
    how it ended.
    """

    def __init__(
        self,
        server: _Server,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        stdout: Stream,
        stderr: Stream,
    ) -> None:
        self.args = list(command)
        self.returncode: int | Any = None
        self.stdout, out = _reading(stdout)
        self.stderr, error = _reading(stderr)
        self._read = dict[IO[str], _Reading]()
        self._status, telling = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        arguments = self.args[1:] if self.args[0] == _PYTHON else self.args
        start = {"arguments": arguments, "environment": dict(env), "folder": str(cwd)}
        with tempfile.TemporaryFile("w+") as request:
            json.dump(start, request)
            request.seek(0)
            given = [request.fileno(), nothing, out, error, telling]
            socket.send_fds(server.channel, [b"."], given)
        for descriptor, mine in ((nothing, True), (telling, True), (out, self.stdout is not None)):
            if mine:
                os.close(descriptor)
        if self.stderr is not None:
            os.close(error)
        self.pid = self._told(_FORK_SECONDS) or 0
        assert self.pid, "no process was forked"

    def poll(self) -> int | None:
        if self.returncode is None:
            self._hear(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._hear(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def communicate(self, *, timeout: float | None = None) -> tuple[Any, Any]:
        pipes = (self.stdout, self.stderr)
        for pipe in pipes:
            if pipe is not None and pipe not in self._read:
                self._read[pipe] = _Reading(pipe)
        for reading in self._read.values():
            reading.join(timeout)
            if reading.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(timeout)
        out, err = (None if pipe is None else self._read[pipe].text for pipe in pipes)
        return out, err

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        for one in (self.stdout, self.stderr):
            if one is not None:
                one.close()
        self.wait()

    def _hear(self, timeout: float | None) -> None:
        self.returncode = self._told(timeout)
        if self.returncode is not None:
            os.close(self._status)

    def _told(self, timeout: float | None) -> int | None:
        """The number in the next line of the server's; None when it has said nothing so long."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        if not poll.poll(None if timeout is None else timeout * 1000):
            return None
        line = bytearray()
        while not line.endswith(b"\n"):
            part = os.read(self._status, 1)
            if not part:
                raise RuntimeError("the server of forks has ended")
            line += part
        return int(line)


@final
class _Reading(threading.Thread):
    """Reads a pipe to its end, so that its process never waits for that."""

    def __init__(self, pipe: IO[str]) -> None:
        super().__init__(daemon=True)
        self.text = ""
        self._pipe = pipe
        self.start()

    def run(self) -> None:
        self.text = self._pipe.read()
        self._pipe.close()


def _reading(stream: Stream) -> tuple[IO[str] | None, int]:
    """What its parent reads of it, and the descriptor that it writes to."""
    if stream == subprocess.PIPE:
        reading, writing = os.pipe()
        return os.fdopen(reading, encoding=None), writing
    return None, stream if isinstance(stream, int) else stream.fileno()
