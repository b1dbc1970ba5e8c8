"""Serving the simulator over real sockets: from the command line, or in a thread for tests."""

import asyncio
import logging
import socket
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from notion_simulator.app import create_app
from notion_simulator.settings import SimulatorSettings
from notion_simulator.simulator import Clock, Simulator

SHUTDOWN_SECONDS = 2
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep a connection that they do not use. Where the server ends it first, a
call that is on its way there is lost, and may not be sent again."""
START_SECONDS = 10.0


class PortInUseError(Exception):
    """The address cannot be listened on."""


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator in a thread; `simulator` may be read from other threads, changed over HTTP."""

    url: str
    simulator: Simulator


def listen(host: str, port: int) -> socket.socket:
    """Returns a listening socket; port 0 takes any free one. Raises `PortInUseError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise PortInUseError(message) from error
    return listener


class UnlessShutDown(logging.Filter):
    """Keeps the log to what went wrong: streams that are ended on shutdown have not."""

    def filter(self, record: logging.LogRecord) -> bool:
        cancelled = record.exc_info is not None and record.exc_info[0] is asyncio.CancelledError
        return not (cancelled or str(record.msg).startswith("Cancel %s running task"))


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"unless_shut_down": {"()": UnlessShutDown}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["unless_shut_down"]},
    },
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}


def configuration(app: ASGIApp) -> uvicorn.Config:
    """Returns how the simulator is served: quietly, and gone within seconds when told to stop."""
    return uvicorn.Config(
        app,
        loop="uvloop" if find_spec("uvloop") else "asyncio",
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=LOGGING,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def run(settings: SimulatorSettings, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT; says on standard output where. Raises `PortInUseError`."""
    listener = listen(host, port)
    settings = with_public_url(settings, listener)
    server = uvicorn.Server(configuration(create_app(settings)))
    sys.stdout.write(f"Notion simulator: {settings.public_url}/mcp (listening on {host}:{port})\n")
    sys.stdout.flush()
    with listener:
        server.run(sockets=[listener])


@contextmanager
def serving(
    settings: SimulatorSettings | None = None,
    *,
    clock: Clock = time.time,
    mcp: ASGIApp | None = None,
) -> Generator[RunningSimulator]:
    """Serves on a free loopback port in a thread of this process while the context is open."""
    listener = listen("127.0.0.1", 0)
    settings = with_public_url(settings or SimulatorSettings(), listener)
    app = create_app(settings, clock=clock, mcp=mcp)
    server = uvicorn.Server(configuration(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    with listener:
        thread.start()
        try:
            _await_start(server, thread)
            simulator: Simulator = app.state.simulator
            yield RunningSimulator(simulator.base_url, simulator)
        finally:
            server.should_exit = True
            thread.join(SHUTDOWN_SECONDS + START_SECONDS)


def with_public_url(settings: SimulatorSettings, listener: socket.socket) -> SimulatorSettings:
    """Returns settings whose public URL is set, by default http://localhost:<port>."""
    if settings.public_url is not None:
        return settings
    port: int = listener.getsockname()[1]
    return settings.model_copy(update={"public_url": f"http://localhost:{port}"})


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            message = "the simulator did not start"
            raise RuntimeError(message)
        time.sleep(0.005)
