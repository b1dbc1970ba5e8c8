"""HTTP by hand, for what no client library would send or show."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.gateway import CALL, PROXY

CALL_HEADERS = ("Host: 127.0.0.1", "X-User-ID: ada", "X-Space-ID: team")


@dataclass(frozen=True, slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Raises ConnectionError where the connection has ended."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except RuntimeError:  # uvloop's word for a handle that is closed
            raise ConnectionResetError from None

    async def head(self) -> tuple[int, list[bytes]]:
        """Status and raw header lines, in order."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        return int(first.split(b" ")[1]), lines

    async def rest(self) -> bytes:
        """Everything up to the end of the connection, however it ends."""
        data = bytearray()
        try:
            while more := await self.reader.read(65536):
                data += more
        except ConnectionError:
            pass
        return bytes(data)


@asynccontextmanager
async def connection(port: int) -> AsyncGenerator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()


def request(*headers: str, method: str = "POST", body: bytes = b"") -> bytes:
    """A call of the proxy; without a Content-Length or Transfer-Encoding, one is added."""
    lines = [f"{method} {PROXY} HTTP/1.1", *CALL_HEADERS, *headers]
    framed = ("content-length:", "transfer-encoding:")
    if not any(line.lower().startswith(framed) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def ask(raw: Connection, *headers: str, body: bytes = CALL) -> bytes:
    """The body of the answer to a call, which has a length."""
    await raw.send(request(*headers, body=body))
    status, lines = await raw.head()
    assert status == 200
    (length,) = [int(one.split(b" ")[1]) for one in lines if one.startswith(b"content-length: ")]
    return await raw.reader.readexactly(length)
