"""A server of bare sockets: it keeps every byte that came, and breaks off where it is told to."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.notion import Notion
from tests.support.waiting import until

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came, framed by nothing but its Content-Length."""

    line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for header, value in self.headers if header == name]


@dataclass(slots=True)
class Accepted:
    """A connection of the gateway's."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: list[Received] = field(default_factory=list[Received])
    left_over: bytes = b""
    """What came after the last whole request."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is nothing more to do with it."""

    async def head(self) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        pairs = (one.partition(b": ") for one in lines)
        return line, [(name.lower(), value) for name, _, value in pairs]

    async def request(self) -> Received:
        line, headers = await self.head()
        length = int(dict(headers).get(b"content-length", b"0"))
        one = Received(line, headers, await self.reader.readexactly(length))
        self.received.append(one)
        return one

    def write(self, data: bytes) -> None:
        if self.writer.transport.is_closing():
            raise ConnectionResetError  # uvloop would call it a RuntimeError
        self.writer.write(data)

    def reset(self) -> None:
        self.writer.transport.abort()

    async def left(self) -> None:
        """Returns once the gateway has closed its end."""
        with contextlib.suppress(ConnectionError):
            while more := await self.reader.read(65536):
                self.left_over += more


Serve = Callable[[Accepted], Awaitable[None]]


async def answer_all(peer: Accepted) -> None:
    while True:
        await peer.request()
        peer.write(OK)


@dataclass(slots=True)
class RawUpstream:
    serve: Serve = answer_all
    """What is done with each connection; it is closed afterwards."""
    accepted: list[Accepted] = field(default_factory=list[Accepted])

    @property
    def received(self) -> list[Received]:
        return [one for peer in self.accepted for one in peer.received]

    @property
    def left_over(self) -> bytes:
        return b"".join(peer.left_over for peer in self.accepted)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Accepted(reader, writer)
        self.accepted.append(peer)
        try:
            await self.serve(peer)
        except asyncio.IncompleteReadError as cut:
            peer.left_over += cut.partial
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            peer.ended.set()
            writer.close()


@asynccontextmanager
async def in_place_of(notion: Notion) -> AsyncGenerator[RawUpstream]:
    """Takes over the port of a Notion that the gateway holds tokens of."""
    notion.served.server.stop()
    await until(lambda: not any(one.is_serving() for one in notion.served.server.servers))
    await until(lambda: notion.served.open_connections == 0)
    raw = RawUpstream()
    server = await asyncio.start_server(raw, "127.0.0.1", notion.served.port, reuse_address=True)
    try:
        yield raw
    finally:
        server.close()
        for peer in raw.accepted:
            peer.reset()
