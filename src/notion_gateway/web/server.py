"""The HTTP server the gateway runs on."""

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE_SECONDS = 75
_DRAIN_SECONDS = 10


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM, then lets open answers end for ten seconds.

    No access log of the server's own: it would print the callback's query, and the code in
    it. ``Server`` and ``Date`` come from Notion where Notion answers.
    """
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="auto",
        http="httptools",
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
