"""PgBouncer in transaction mode between gateways and their PostgreSQL: a real one, started
from the installed binary.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.databases import PostgresServer, ServerMissing
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

_STOP_SECONDS = 10
_CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={server_port} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 500
"""


@contextmanager
def running_pgbouncer(server: PostgresServer, *, pool_size: int) -> Generator[PostgresServer]:
    """The same databases, by way of so many server connections that all clients share."""
    binary = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        raise ServerMissing("pgbouncer is missing: install it (Debian: pgbouncer)")
    port = free_port()
    # pytest's folders are root's alone, and the pooler refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pgbouncer-")))
        folder.chmod(0o755)
        file, log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
        file.write_text(
            _CONFIGURATION.format(server_port=server.port, port=port, pool_size=pool_size)
        )
        output = stack.enter_context(log.open("wb"))
        command = [binary, str(file)]
        process = subprocess.Popen(command, stderr=output, user=user, cwd="/")  # noqa: S603
        stack.callback(process.wait, _STOP_SECONDS)
        stack.callback(process.terminate)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"pgbouncer did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield PostgresServer(port, process.pid)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
