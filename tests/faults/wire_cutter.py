"""A TCP hop before a PostgreSQL that a test can cut, also around a commit, or let fall silent."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal, final

from tests.support.serving import listen, port_of

Moment = Literal["before-commit", "commit-answered"]

_COMMITS = (b"COMMIT;", b"NotionIntegrationTokenRefreshed")
"""Ends a transaction, or is one: a parameter of the statement that stores a new pair by itself."""
_STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
"""What a server says that has come back and still recovers (ErrorResponse, 57P03)."""


@final
class WireCutter:
    """``refused`` counts the connections that were turned away while it was cut."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._open: set[asyncio.StreamWriter] = set()
        self._trap: Moment | None = None
        self._is_cut = False
        self.starting_up = False
        """While it is cut, new connections are told that the server is starting up."""
        self.refused = 0
        self._passing = asyncio.Event()
        self._passing.set()
        self._silent: list[asyncio.Event] = []
        self._connections: set[asyncio.Task[Any]] = set()

    def cut(self) -> None:
        self._is_cut, self.refused = True, 0
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """New connections pass, and those that were held back go on."""
        self._is_cut = False
        self._passing.set()

    def hold(self) -> None:
        """Nothing passes any more, and nobody is told: connections stay open, and new ones are
        accepted, as where packets are dropped.
        """
        self._passing.clear()

    def mend_for_new(self) -> None:
        """Connections from before stay open, and silent for good: half-open ones, of which only
        one end knows that they have ended.
        """
        self._silent.append(self._passing)
        self._passing = asyncio.Event()
        self._passing.set()

    async def close(self) -> None:
        self.cut()
        for passing in (self._passing, *self._silent):
            passing.set()
        if self._connections:
            await asyncio.wait(self._connections)

    def cut_at_commit(self, moment: Moment) -> None:
        """At the next one: it never arrives, or it does and its answer is lost."""
        self._trap = moment

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        passing = self._passing
        await passing.wait()
        if self._is_cut:
            await self._turn_away(reader, writer)
            return
        there, onward = await asyncio.open_connection("127.0.0.1", self._target_port)
        ends = {writer, onward}
        self._open |= ends
        answered = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._upward(reader, onward, answered, passing))
                group.create_task(self._downward(there, writer, answered, passing))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _until(self, passing: asyncio.Event) -> None:
        await passing.wait()
        if self._is_cut:
            raise ConnectionResetError

    async def _turn_away(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.refused += 1
        if self.starting_up:
            with contextlib.suppress(OSError):
                await reader.read(4096)  # a request for TLS
                writer.write(b"N")
                await reader.read(4096)
                size = (len(_STARTING_UP) + 4).to_bytes(4, "big")
                writer.write(b"E" + size + _STARTING_UP)
                await writer.drain()
        writer.close()

    async def _upward(
        self,
        reader: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
        answered: asyncio.Event,
        passing: asyncio.Event,
    ) -> None:
        while data := await reader.read(65536):
            await self._until(passing)
            if self._trap is not None and any(one in data for one in _COMMITS):
                if self._trap == "commit-answered":
                    answered.set()
                    onward.write(data)
                    return
                self._trap = None
                self.cut()
                return
            onward.write(data)
            await onward.drain()
        raise ConnectionResetError

    async def _downward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answered: asyncio.Event,
        passing: asyncio.Event,
    ) -> None:
        while data := await reader.read(65536):
            await self._until(passing)
            if answered.is_set():
                self._trap = None
                self.cut()
                return
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def wire_cutter(target_port: int) -> AsyncGenerator[tuple[WireCutter, int]]:
    """The cutter, and the port that leads to ``target_port`` through it."""
    with listen() as listener:
        cutter = WireCutter(target_port)
        server = await asyncio.start_server(cutter.accept, sock=listener)
        try:
            yield cutter, port_of(listener)
        finally:
            await cutter.close()
            server.close()
