"""Serving an ASGI application over a real loopback socket, inside the test's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from notion_gateway.http.draining import refused
from notion_gateway.http.server import configured, reporting
from tests.support.waiting import until

_DRAIN_SECONDS = 1.0


class LoopServer(uvicorn.Server):
    """Leaves the process's signal handlers alone, for several of these share one loop; starts
    and stops without waiting for the next of uvicorn's ticks.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopped = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn's raises SystemExit where the app does not start, which would end the loop that
        the tests run in.
        """
        try:
            await super().startup(sockets)
        except SystemExit:
            self.should_exit = True

    async def main_loop(self) -> None:
        await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in self.servers:
            listening.close()
        for one in sockets or []:
            one.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            await until(lambda: not state.connections and not state.tasks, _DRAIN_SECONDS)
        except TimeoutError:
            await refused(state)
        await self.lifespan.shutdown()

    def stop(self) -> None:
        self._stopped.set()


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    port: int
    server: LoopServer

    @property
    def open_connections(self) -> int:
        """Sockets that clients hold open right now, busy or idle."""
        return len(self.server.server_state.connections)


def listen(port: int = 0) -> socket.socket:
    """A bound loopback socket, so that the port is known before anything is served on it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncGenerator[Served]:
    """Serves as ``notion_gateway.http.server`` does, until the block ends. Raises what kept the app
    from starting.
    """
    faults: list[Exception] = []
    server = LoopServer(configured(reporting(app, faults)))
    with listener:
        task = asyncio.create_task(server.serve([listener]), name="server")
        try:
            await until(lambda: server.started or task.done())
            if task.done():
                task.result()
                raise faults[0] if faults else AssertionError("the app has not started")
            port = port_of(listener)
            yield Served(f"http://127.0.0.1:{port}", port, server)
        finally:
            server.stop()
            await task
