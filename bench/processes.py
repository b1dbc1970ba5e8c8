"""The processes under measurement: started here, ended here, each by its own id."""

import contextlib
import http.client
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.upstream import HOST

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 60.0
_END_SECONDS = 5.0
_POLL_SECONDS = 0.01


class BenchError(Exception):
    """Something the figures need did not work; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process, with its children, has taken so far."""

    cpu_seconds: float
    rss_bytes: int
    peak_rss_bytes: int

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """Linux only: /proc has it without a further dependency."""
        ticks, rss, peak = 0, 0, 0
        for one in _family(pid):
            stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
            memory = dict(
                line.split(":", 1) for line in Path(f"/proc/{one}/status").read_text().splitlines()
            )
            rss += _kilobytes(memory, "VmRSS")
            peak += _kilobytes(memory, "VmHWM")
        return cls(ticks / os.sysconf("SC_CLK_TCK"), rss * 1024, peak * 1024)


def _family(pid: int) -> list[int]:
    return [pid, *(one for child in children(pid) for one in _family(child))]


def children(pid: int) -> list[int]:
    """Processes that it has started, whichever of its threads did."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            found += map(int, (thread / "children").read_text().split())
    return found


def _kilobytes(memory: Mapping[str, str], name: str) -> int:
    return int(memory.get(name, "0 kB").split()[0])


def pin(pid: int, cores: Collection[int]) -> None:
    """Keeps a process, its children, all their threads and what they start, on these cores."""
    for one in _family(pid):
        for thread in Path(f"/proc/{one}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread.name), cores)


def open_files(pid: int) -> int:
    """Sockets too."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def allow_open_files() -> int:
    """As many as the system lets a process have, for this one and those it starts from now on."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(**added: str) -> dict[str, str]:
    """The caller's own settings must not reach what is measured."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, **added}


@contextmanager
def running(
    command: Sequence[str], *, folder: Path, name: str, environment: Mapping[str, str]
) -> Generator[int]:
    """Yields the process id; output goes to ``<name>.log`` in ``folder``."""
    with (
        (folder / f"{name}.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as process,
    ):
        try:
            yield process.pid
        finally:
            _end(process)


@contextmanager
def fake_upstream() -> Generator[tuple[int, int]]:
    """Yields its process id and port."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.upstream"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            line = process.stdout.readline()
            if not line:
                raise BenchError("The fake upstream did not start.")
            yield process.pid, int(line)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def wait_until(
    is_ready: Callable[[], bool], pid: int, log: Path, *, seconds: float = _START_SECONDS
) -> None:
    """Raises BenchError when the process ends before it is ready, or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_ready():
            return
        if not _is_alive(pid):
            break
        time.sleep(_POLL_SECONDS)
    raise BenchError(f"{log.stem} does not get ready:\n{log.read_text()[-2000:]}")


def listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(port: int, path: str) -> bool:
    """With 200, to a GET."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
