"""Ports for servers that start a while after their port has been chosen."""

import itertools
import socket
from random import SystemRandom

_ORDER = itertools.cycle(SystemRandom().sample(range(15_000, 32_768), 32_768 - 15_000))
"""Below the range that Linux and macOS take the ports from which nobody has chosen: until the
server listens, no connection and no other test's socket is given the same one. Each process of the
suite has an order of its own.
"""


def free_port() -> int:
    """One on which nothing listens."""
    for port in _ORDER:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError
