"""The listening sockets of several workers, opened by their parent."""

import socket
import sys

from notion_gateway.kernel.outbound.sockets import probe_when_silent

_WAITING_CONNECTIONS = 2048


def open_listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """One for each worker, all on one address. Connections wait in them while a worker is started
    again, since the parent holds them open.

    With SO_REUSEPORT Linux spreads connections over them evenly; of several processes that accept
    from one socket, whichever wakes first takes all that wait. Other systems spread nothing, so
    there it is one socket.
    """
    spreads = sys.platform == "linux"
    opened = [_listen(host, port, spreads=spreads)]
    while len(opened) < count:
        opened.append(_listen(host, port, spreads=True) if spreads else opened[0].dup())
    return opened


def set_aside(listener: socket.socket, host: str, port: int) -> socket.socket:
    """In the place of a listener whose worker cannot be started just now: one in which no
    connection waits before that worker itself listens, so that new ones go to the others. Those
    that wait already are closed. The same one where all share one socket.
    """
    if sys.platform != "linux":
        return listener
    later = _bound(host, port, spreads=True)
    listener.close()
    return later


def _listen(host: str, port: int, *, spreads: bool) -> socket.socket:
    listener = _bound(host, port, spreads=spreads)
    listener.listen(_WAITING_CONNECTIONS)
    return listener


def _bound(host: str, port: int, *, spreads: bool) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if spreads:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    probe_when_silent(listener)
    listener.bind((host, port))
    return listener
