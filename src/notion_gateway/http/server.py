"""The HTTP server the gateway runs on."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import cast

import structlog
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_gateway.http.connection_limit import ConnectionLimit, raise_open_files
from notion_gateway.http.draining import DrainLimits, closed_listeners, drained, refused
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.http.stopping import (
    HAND_OVER_SECONDS,
    SAME_SIGNAL_SECONDS,
    STATE,
    Stopping,
)
from notion_gateway.kernel import log_level
from notion_gateway.kernel.outbound.sockets import probe_when_silent

log = structlog.stdlib.get_logger()

_CLOSE_SECONDS = 35.0
"""What closes has less together (``kernel.background.ClosingTime``), and then the database."""
_KEEP_ALIVE_SECONDS = 75
_QUIET_SECONDS = 1.0
"""So long without a request, a connection is idle enough to be closed without an answer."""
_COULD_NOT_START = 3
_YOUNG_OBJECTS, _YOUNG_SWEEPS, _MIDDLE_SWEEPS = 20_000, 50, 100


class _Config(uvicorn.Config):
    connection_limit: ConnectionLimit
    """Of all connections of the process; ``LimitedHttpProtocol`` asks it."""


def configured(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """How the gateway is served. Lets this process open as many files as it may.

    No access log of the server's own: it would print the callback's query, and the code in
    it. ``Server`` and ``Date`` come from Notion where Notion answers.
    """
    config = _Config(
        app,
        host=host,
        port=port,
        loop="auto",
        http=LimitedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    config.connection_limit = ConnectionLimit(raise_open_files())
    return config


@dataclass(frozen=True, slots=True)
class StopTimes:
    """``notice_seconds``: how long a server that was told to stop still takes connections, and
    says that it is not ready. ``drain_seconds``: how long it waits for calls after that.
    """

    notice_seconds: float = 0.0
    drain_seconds: float = 10.0

    @property
    def longest_seconds(self) -> float:
        """From the signal to the end of the process, renewals and revocations included."""
        return self.notice_seconds + self.drain_seconds + _CLOSE_SECONDS


class _Server(uvicorn.Server):
    """Stops in three steps: not ready, but serving; then no new connections, and an end for each
    that is open; then errors for what still waits.

    ``is_worker``: it has a parent, which kills it where that is wanted, and tells it by SIGHUP
    that another worker takes connections from now on. It then has time: what is open ends as it
    would have ended anyway.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        times: StopTimes,
        when_ready: Callable[[], object],
        *,
        is_worker: bool,
    ) -> None:
        super().__init__(config)
        self._times = times
        self._when_ready = when_ready
        self._is_worker = is_worker
        self._stopping = Stopping()
        self._told_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        log_level.heed_signals()
        self.lifespan.state[STATE] = self._stopping
        await super().startup(sockets)
        if self.started:
            for one in (sock for server in self.servers for sock in server.sockets):
                with socket.socket(fileno=os.dup(one.fileno())) as listener:
                    probe_when_silent(listener)
            if self._is_worker:
                signal.signal(signal.SIGHUP, self._hand_over)
            self._when_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._told_at is None:
            self._told_at = monotonic()
            self._stopping.is_announced = self._stopping.ends_connections  # while it hands over
            super().handle_exit(sig, frame)
        elif not self._is_worker and monotonic() - self._told_at > SAME_SIGNAL_SECONDS:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)

    def _hand_over(self, _: int, __: FrameType | None) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        state, is_told = self.server_state, self._told_at is not None
        log.info("stopping" if is_told else "handing_over", connections=len(state.connections))
        self._stopping.ends_connections = True
        for one in cast("list[LimitedHttpProtocol]", list(state.connections)):
            one.end_with_answer()
        if is_told:
            self._stopping.is_announced = True
            await asyncio.sleep(self._times.notice_seconds)
        waiting = closed_listeners(self.servers, sockets or [], takes_waiting=is_told)
        for one in waiting:
            with contextlib.suppress(OSError):  # it has gone meanwhile
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, one)
        if not await drained(state, self._limits_from(monotonic())):
            await refused(state)
        await self.lifespan.shutdown()

    def _limits_from(self, began: float) -> Callable[[], DrainLimits]:
        handing_over = _limits(began, HAND_OVER_SECONDS, _KEEP_ALIVE_SECONDS)

        def limits() -> DrainLimits:
            if self._told_at is None:
                return handing_over
            since = max(began, self._told_at)
            return _limits(since, self._times.drain_seconds, _QUIET_SECONDS)

        return limits

    def _protocol(self) -> LimitedHttpProtocol:
        return LimitedHttpProtocol(self.config, self.server_state, self.lifespan.state)


def _limits(since: float, seconds: float, quiet_seconds: float) -> DrainLimits:
    return DrainLimits(since + seconds, seconds / 2, quiet_seconds)


def run(
    app: ASGIApp,
    host: str,
    port: int,
    listener: socket.socket | None = None,
    when_ready: Callable[[], object] = lambda: None,
    times: StopTimes | None = None,
    *,
    is_worker: bool = False,
) -> None:
    """Serves until SIGINT or SIGTERM, then lets open answers end; a second one ends it at once.

    ``listener`` is served instead of ``host`` and ``port``, where there is one. ``when_ready`` is
    called once connections are accepted. ``is_worker``: its parent may also send SIGHUP, and alone
    ends it at once. Raises what kept the app from starting.
    """
    # What is loaded stays: looking through it again and again for the few cycles that a call
    # leaves behind costs a busy gateway more than they are worth.
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_SWEEPS, _MIDDLE_SWEEPS)
    faults: list[Exception] = []
    config = configured(reporting(app, faults), host, port)
    server = _Server(config, times or StopTimes(), when_ready, is_worker=is_worker)
    try:
        with contextlib.suppress(KeyboardInterrupt):  # raised again after it has been heeded
            server.run(None if listener is None else [listener])
    except SystemExit:
        if not faults:
            raise
    if faults:
        raise faults[0]
    if not server.started:
        sys.exit(_COULD_NOT_START)


def reporting(app: ASGIApp, faults: list[Exception]) -> ASGIApp:
    """The same app; what keeps it from starting is left in ``faults`` instead of being printed."""

    async def reported(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        has_failed = False

        async def told(message: Message) -> None:
            nonlocal has_failed
            if message["type"] == "lifespan.startup.failed":
                has_failed = True
                message = {"type": message["type"]}  # without the traceback
            await send(message)

        try:
            await app(scope, receive, told)
        except Exception as fault:
            if not has_failed:
                raise
            faults.append(fault)

    return reported
