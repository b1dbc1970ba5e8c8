"""TCP sockets that notice when the other side is no longer there."""

import socket
import struct
from typing import Any, Final

_SILENT_SECONDS: Final = 120
_KEEPALIVE: Final = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 6}

Found = tuple[int, int, int, str, Any]
"""What ``getaddrinfo`` has found."""


def watched(found: Found) -> socket.socket:
    """Counts as ended when nothing has come back from the other side for two minutes, not even
    an acknowledgement.
    """
    family, kind, protocol, *_ = found
    made = socket.socket(family, kind, protocol)
    probe_when_silent(made)
    _set(made, "TCP_USER_TIMEOUT", _SILENT_SECONDS * 1000)
    return made


def probe_when_silent(sock: socket.socket) -> None:
    """It ends when the other side has answered no probe for two minutes, with nothing else under
    way. What a listening one accepts has the same from it, on Linux.

    No more than that: who takes nothing for a while, and is there, keeps the connection.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        _set(sock, name, value)


def _set(sock: socket.socket, name: str, value: int) -> None:
    option = getattr(socket, name, None)  # not every system has each of them
    if option is not None:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def reset_on_close(found: Found) -> socket.socket:
    """As ``watched``, and ends with a reset: what the system has not yet sent is dropped."""
    made = watched(found)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return made
