"""Real servers from installed binaries: PostgreSQL and Redis, each in a folder of its own.

``just test`` installs the binaries on Debian; elsewhere the error says what to install.
A missing server fails the tests that need it: a skipped proof is no proof.
"""

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

_START_SECONDS = 30
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
    binaries = _postgres_binaries()
    data, port = folder / "postgres", port or free_port()
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user is not None:
        _let_through(folder, user)
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-N"]
    if not data.exists():
        subprocess.run(initdb, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
    ask = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]

    def ready() -> bool:
        """It listens before it lets anybody in."""
        return subprocess.run(ask, check=False).returncode == 0  # noqa: S603

    with _process(command, folder / "postgres.log", user, ready) as pid:
        yield PostgresServer(port, pid)


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(
    command: Sequence[str], log: Path, user: str | None, ready: Callable[[], bool]
) -> Generator[int]:
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=output, stderr=subprocess.STDOUT, user=user, cwd="/"
        )
    try:
        give_up = time.monotonic() + _START_SECONDS
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
