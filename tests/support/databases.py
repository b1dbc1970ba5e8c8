"""Real servers from installed binaries: PostgreSQL and Redis, each in a folder of its own.

``just test`` installs the binaries on Debian; elsewhere the error says what to install.
A missing server fails the tests that need it: a skipped proof is no proof.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

_STOP_SECONDS = 10


class ServerMissing(Exception):
    """A server that the tests need is not installed."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """``pid`` is the postmaster's: its backends are its children."""

    port: int
    pid: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def client(self, program: str, *arguments: str) -> str:
        """What one of PostgreSQL's own programs prints, such as ``pg_dump``, run against it."""
        reach = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        command = [str(_postgres_binaries() / program), *reach, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603

    def kill(self) -> None:
        """At once and all of it, as a machine that loses its power."""
        every = [self.pid, *children_of(self.pid)]
        for pid in every:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)  # else it counts as alive, and none starts in its place


@dataclass(frozen=True, slots=True)
class RedisServer:
    port: int
    pid: int

    def stop(self) -> None:
        """At once, as a machine that is switched off does."""
        os.kill(self.pid, signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def running_postgres(folder: Path, port: int | None = None) -> Generator[PostgresServer]:
    """With trust on loopback; durability as a production server has it. A new cluster, or the one
    that was left in the folder.
    """
    data, user = folder / "postgres", _servers_user()
    if user is not None:
        _let_through(folder, user)
    if not data.exists():
        _run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "-N", user=user)
    with serving_postgres(data, port or free_port()) as server:
        yield server


@contextmanager
def running_standby(
    folder: Path, primary: PostgresServer, link: int | None = None
) -> Generator[PostgresServer]:
    """A second server, made of a copy of ``primary``, whose every commit it gets to know by
    streaming replication, under the name ``standby``. ``link``: the port by which it reaches the
    primary, if not the primary's own.
    """
    data, user = folder / "standby", _servers_user()
    if user is not None:
        _let_through(folder, user)
    source = f"host=127.0.0.1 user=postgres application_name={STANDBY}"
    copied = f"{source} port={primary.port}"
    _run("pg_basebackup", "-D", str(data), "-d", copied, "-c", "fast", "-X", "stream", user=user)
    (data / "standby.signal").touch()
    follow = f"primary_conninfo={source} port={link or primary.port}"
    with serving_postgres(data, free_port(), follow) as server:
        yield server


STANDBY = "standby"


@contextmanager
def serving_postgres(data: Path, port: int, *settings: str) -> Generator[PostgresServer]:
    """What lies in ``data``: a new cluster, or one that was served before. ``settings`` as
    PostgreSQL's ``-c`` takes them.
    """
    binaries = _postgres_binaries()
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", ""]
    for setting in ("listen_addresses=127.0.0.1", "max_connections=200", *settings):
        command += ["-c", setting]
    ask = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]

    def ready() -> bool:
        """It listens before it lets anybody in."""
        return subprocess.run(ask, check=False).returncode == 0  # noqa: S603

    with _process(command, data.with_suffix(".log"), _servers_user(), ready) as pid:
        yield PostgresServer(port, pid)


def _servers_user() -> str | None:
    """The server refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


def _run(program: str, *arguments: str, user: str | None) -> None:
    command = [str(_postgres_binaries() / program), *arguments]
    subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def new_database(server: PostgresServer, template: str = "template1") -> str:
    """The name of an empty one, or of a copy."""
    name = f"test_{uuid.uuid4().hex}"
    engine = create_async_engine(server.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    await engine.dispose()
    return name


@contextmanager
def running_redis(folder: Path, port: int | None = None) -> Generator[RedisServer]:
    binary = shutil.which("redis-server")
    if binary is None:
        raise ServerMissing("redis-server is missing: install it (Debian: redis-server)")
    port = port or free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no"]
    with _process(command, folder / "redis.log", None, lambda: _accepts(port)) as pid:
        yield RedisServer(port, pid)


@contextmanager
def _process(
    command: Sequence[str], log: Path, user: str | None, ready: Callable[[], bool]
) -> Generator[int]:
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=output, stderr=subprocess.STDOUT, user=user, cwd="/"
        )
    try:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield process.pid
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _postgres_binaries() -> Path:
    """The newest installed version's: Debian keeps them off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres") or (str(versions[-1]) if versions else None)
    if found is None:
        raise ServerMissing("PostgreSQL is missing: install it (Debian: postgresql)")
    return Path(found).resolve().parent


def _let_through(folder: Path, user: str) -> None:
    """Test folders are root's alone; the server's own user must pass and own its folder."""
    account = pwd.getpwnam(user)
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    os.chown(folder, account.pw_uid, account.pw_gid)
