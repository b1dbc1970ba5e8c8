"""Ports for servers that start a while after their port has been chosen."""

import fcntl
import itertools
import os
import socket
import tempfile
from functools import cache
from pathlib import Path
from random import SystemRandom

_ORDER = itertools.cycle(SystemRandom().sample(range(15_000, 32_768), 32_768 - 15_000))
"""Below the range that Linux and macOS take the ports from which nobody has chosen: until the
server listens, no connection and no other test's socket is given the same one.
"""


@cache
def _taken() -> int:
    """A file of which each process locks the bytes whose numbers are the ports that it has chosen,
    until it ends: no other process of the suite, nor of another suite, is given those.
    """
    file = Path(tempfile.gettempdir()) / f"notion-gateway-tests-ports-{os.getuid()}"
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def free_port() -> int:
    """One on which nothing listens."""
    for port in _ORDER:
        try:
            fcntl.lockf(_taken(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except OSError:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError
