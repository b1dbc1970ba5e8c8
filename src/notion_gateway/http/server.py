"""The HTTP server the gateway runs on."""

import contextlib
import gc
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_gateway.http.protocol import LimitedHttpProtocol

_KEEP_ALIVE_SECONDS = 75
_DRAIN_SECONDS = 10
_COULD_NOT_START = 3
_YOUNG_OBJECTS, _YOUNG_SWEEPS, _MIDDLE_SWEEPS = 20_000, 50, 100


def configured(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """How the gateway is served.

    No access log of the server's own: it would print the callback's query, and the code in
    it. ``Server`` and ``Date`` come from Notion where Notion answers.
    """
    return uvicorn.Config(
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
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_ready()


def run(
    app: ASGIApp,
    host: str,
    port: int,
    listener: socket.socket | None = None,
    when_ready: Callable[[], object] = lambda: None,
) -> None:
    """Serves until SIGINT or SIGTERM, then lets open answers end for ten seconds.

    ``listener`` is served instead of ``host`` and ``port``, where there is one. ``when_ready`` is
    called once connections are accepted. Raises what kept the app from starting.
    """
    # What is loaded stays: looking through it again and again for the few cycles that a call
    # leaves behind costs a busy gateway more than they are worth.
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_SWEEPS, _MIDDLE_SWEEPS)
    faults: list[Exception] = []
    server = _Server(configured(_reporting(app, faults), host, port), when_ready)
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


def _reporting(app: ASGIApp, faults: list[Exception]) -> ASGIApp:
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
