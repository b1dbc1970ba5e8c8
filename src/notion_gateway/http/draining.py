"""Lets the connections of a server that stops end, each when that costs its client nothing.

A kept connection may not just be closed: a request may be on its way. So each ends with an
answer that says so (``Connection: close``, RFC 9112 section 9.6), or when it has been quiet for
a while.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final, cast

from uvicorn.server import ServerState

from notion_gateway.http.protocol import LimitedHttpProtocol

_LOOK_SECONDS: Final = 0.02
_BETWEEN_STREAMS_SECONDS: Final = 0.01
_LAST_ANSWERS_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class DrainLimits:
    """``calls_until``, by ``monotonic``: how long calls under way are waited for.
    ``streams_seconds``: what ending all streams may take. ``quiet_seconds``: a connection that
    had no request for so long is closed.
    """

    calls_until: float
    streams_seconds: float
    quiet_seconds: float


async def drained(state: ServerState, limits: Callable[[], DrainLimits]) -> bool:
    """Whether all ended by themselves; returns as soon as they have, or the time is up.

    Streams that only listen are ended one after the other, so that their clients do not all
    return at the same moment. ``limits`` may become others meanwhile.
    """
    next_end = monotonic()
    streams = sum(one.only_listens for one in _connections(state))
    await asyncio.sleep(_LOOK_SECONDS)  # for those that were accepted, and are not known yet
    while state.connections or state.tasks:
        now, limit = monotonic(), limits()
        if now >= limit.calls_until:
            return False
        between = min(_BETWEEN_STREAMS_SECONDS, limit.streams_seconds / (streams or 1))
        for one in _connections(state):
            if not one.only_listens:
                one.close_if_quiet(limit.quiet_seconds)
            elif next_end <= now:
                next_end += between
                one.end_listening()
        await asyncio.sleep(_LOOK_SECONDS)
    return True


async def refused(state: ServerState) -> None:
    """Answers with an error what still waits, and waits until that is on its way. An answer that
    has begun is cut.
    """
    late = list(state.tasks)  # before those are added that make up answers
    for one in _connections(state):
        one.give_up()
    for task in late:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_ANSWERS_SECONDS):
            while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(_LOOK_SECONDS)


def closed_listeners(
    servers: Iterable[asyncio.Server], sockets: Iterable[socket.socket], *, takes_waiting: bool
) -> list[socket.socket]:
    """No connection is accepted from here on. The connections that waited to be, if
    ``takes_waiting``: the system would reset them with the last of the listening sockets.
    """
    kept: list[socket.socket] = []
    if takes_waiting:
        descriptors = [one.fileno() for server in servers for one in server.sockets]
        kept = [socket.socket(fileno=os.dup(one)) for one in descriptors]
    for server in servers:
        server.close()
    for one in sockets:
        one.close()
    waiting: list[socket.socket] = []
    for one in kept:
        with one, contextlib.suppress(OSError):  # there is no further one
            one.setblocking(False)
            while True:
                accepted, _ = one.accept()
                accepted.setblocking(False)
                waiting.append(accepted)
    return waiting


def _connections(state: ServerState) -> list[LimitedHttpProtocol]:
    return cast("list[LimitedHttpProtocol]", list(state.connections))
