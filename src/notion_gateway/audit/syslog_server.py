"""A server of syslog: over a connection, by TLS or not, in datagrams, or at the machine's socket.

Over UDP nobody says what arrived; over a connection, what was on its way when it broke is lost
unseen: such a server confirms nothing.
"""

import asyncio
import math
import os
import socket
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol, final
from urllib.parse import unquote, urlsplit

from notion_gateway.audit.forwarding import Told
from notion_gateway.audit.rules.syslog import counted, syslog_message

_PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}
_TAKEN_WITHIN_SECONDS: Final = 10.0


class _Sender(Protocol):
    async def send(self, message: bytes) -> None:
        """Raises OSError, also TimeoutError."""
        ...


@final
class SyslogServer:
    """``address``: as GATEWAY_AUDIT_SYSLOG has it. ``trusted``: instead of the system's
    certificates. It is waited for however long it is away.
    """

    name = "syslog"
    together = 1
    gives_up_seconds = math.inf

    def __init__(self, address: str, trusted: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._trusted = trusted

    @asynccontextmanager
    async def reached(self) -> AsyncGenerator["_Way"]:
        """Raises OSError."""
        parts = urlsplit(self._address)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        if parts.scheme in ("udp", "unix"):
            to = unquote(parts.path) if parts.scheme == "unix" else (host, port)
            datagrams = await _Datagrams.opened(to)
            try:
                yield _Way(datagrams)
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
            yield _Way(connection)
        finally:
            await connection.close()

    def close(self) -> None:
        """Nothing stays open between two ways to it."""


@final
class _Way:
    def __init__(self, sender: _Sender) -> None:
        self._sender = sender

    async def send(self, these: Sequence[Told]) -> None:
        for space_id, entry in these:
            message = syslog_message(space_id, entry, socket.gethostname(), os.getpid())
            await self._sender.send(message)


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
        if self._reader.at_eof() or self._reader.exception() is not None:
            raise ConnectionResetError("the server has ended the connection")
        self._writer.write(counted(message))
        async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
            await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
                await self._writer.wait_closed()
