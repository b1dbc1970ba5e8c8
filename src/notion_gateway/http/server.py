"""The HTTP server the gateway runs on."""

import contextlib
import gc
import sys

import uvicorn
from starlette.types import ASGIApp

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


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM, then lets open answers end for ten seconds."""
    # What is loaded stays: looking through it again and again for the few cycles that a call
    # leaves behind costs a busy gateway more than they are worth.
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_SWEEPS, _MIDDLE_SWEEPS)
    server = uvicorn.Server(configured(app, host, port))
    with contextlib.suppress(KeyboardInterrupt):  # raised again after it has been heeded
        server.run()
    if not server.started:
        sys.exit(_COULD_NOT_START)
