"""Tells a syslog server of each call that is recorded, beside the calls and beside the database.

What waits is bounded, and what finds no room is counted and told, there and in the log. Over UDP
nobody says what arrived; over a connection, what was on its way when it broke is lost unseen.
"""

import asyncio
import os
import socket
import ssl
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol, final
from urllib.parse import unquote, urlsplit

import structlog

from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.syslog import counted, syslog_message
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

MOST_WAITING: Final = 10_000
_PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}
_TAKEN_WITHIN_SECONDS: Final = 10.0
_LAST_SECONDS: Final = 5.0
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0


class _Way(Protocol):
    async def send(self, message: bytes) -> None:
        """Raises OSError, also TimeoutError."""
        ...


@final
class Forwarder:
    """``address``: as GATEWAY_AUDIT_SYSLOG has it. ``trusted``: instead of the system's
    certificates.
    """

    def __init__(
        self,
        address: str,
        trusted: ssl.SSLContext | None = None,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._address = address
        self._trusted = trusted
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[str, Entry]] = deque()
        self._lost = Counter[str]()
        self._has_come = asyncio.Event()
        self.lost_in_all = 0

    def tell(self, space_id: str, entry: Entry) -> None:
        """Takes no time."""
        if len(self._waiting) >= self._most_waiting:
            if not self._lost:
                log.warning("audit_forwarding_lost", waiting=len(self._waiting))
            self._lost[space_id] += entry.calls
            self.lost_in_all += entry.calls
            return
        self._waiting.append((space_id, entry))
        self._has_come.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; then what waits is sent, for five seconds at the most."""
        pause = _FIRST_PAUSE_SECONDS
        while not stop.is_set():
            try:
                async with self._way() as way:
                    pause = _FIRST_PAUSE_SECONDS
                    await self._send_all(way, stop)
            except OSError as fault:
                log.warning(
                    "audit_forwarding_interrupted",
                    detail=str(fault) or type(fault).__name__,
                    waiting=len(self._waiting),
                )
                await happens_within(stop, pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        if self._waiting or self._lost:
            log.warning("audit_forwarding_lost", waiting=len(self._waiting))

    async def _send_all(self, way: _Way, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        deadline: float | None = None
        try:
            while self._waiting or self._lost or not stop.is_set():
                if stop.is_set():
                    deadline = deadline or steady_seconds() + _LAST_SECONDS
                    if steady_seconds() > deadline:
                        return
                if not self._waiting and not self._lost:
                    self._has_come.clear()
                    coming = asyncio.create_task(self._has_come.wait())
                    await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
                    coming.cancel()
                    continue
                await self._send_next(way)
        finally:
            stopping.cancel()

    async def _send_next(self, way: _Way) -> None:
        """What could not be sent waits in its place for the next time."""
        if self._waiting:
            await way.send(self._message(*self._waiting[0]))
            self._waiting.popleft()
            return
        space_id, calls = next(iter(self._lost.items()))
        told = Entry(at=time.time(), kind=Kind.LOST, calls=calls)
        await way.send(self._message(space_id, told))
        self._lost[space_id] -= calls
        self._lost += Counter()  # without those of which there are none left

    def _message(self, space_id: str, entry: Entry) -> bytes:
        return syslog_message(space_id, entry, socket.gethostname(), os.getpid())

    @asynccontextmanager
    async def _way(self) -> AsyncGenerator[_Way]:
        parts = urlsplit(self._address)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        if parts.scheme in ("udp", "unix"):
            to = unquote(parts.path) if parts.scheme == "unix" else (host, port)
            datagrams = await _Datagrams.opened(to)
            try:
                yield datagrams
            finally:
                datagrams.close()
            return
        context = None
        if parts.scheme == "tls":
            context = self._trusted or ssl.create_default_context()
        async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
        connection = _Connection(reader, writer)
        try:
            yield connection
        finally:
            await connection.close()


@final
class _Datagrams:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    @classmethod
    async def opened(cls, to: str | tuple[str, int]) -> "_Datagrams":
        loop = asyncio.get_running_loop()
        if isinstance(to, str):
            family: int = socket.AF_UNIX
            address: object = to
        else:
            found = await loop.getaddrinfo(*to, type=socket.SOCK_DGRAM)
            family, _, _, _, address = found[0]
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            await loop.sock_connect(sock, address)  # pyright: ignore[reportArgumentType]
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    async def send(self, message: bytes) -> None:
        async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
            await asyncio.get_running_loop().sock_sendall(self._sock, message)

    def close(self) -> None:
        self._sock.close()


@final
class _Connection:
    """A server of syslog says nothing: what comes is its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: bytes) -> None:
        if self._reader.at_eof():
            raise ConnectionResetError("the server has ended the connection")
        self._writer.write(counted(message))
        async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
            await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
                await self._writer.wait_closed()
