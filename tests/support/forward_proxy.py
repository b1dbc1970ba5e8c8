"""A company's forward proxy that CONNECTs, and TLS before a server that speaks plain HTTP."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(slots=True)
class ForwardProxy:
    """``names``: where the proxy finds a name; others are 403, as a closed network answers."""

    names: dict[str, tuple[str, int]]
    port: int = 0
    asked: list[str] = field(default_factory=list[str])
    credentials: list[str] = field(default_factory=list[str])
    heard: bytearray = field(default_factory=bytearray)
    """All bytes that went through towards the servers."""

    @property
    def url(self) -> str:
        return f"http://egress:pass%20word@127.0.0.1:{self.port}"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *headers = head.split("\r\n")
        method, authority, _ = line.split(" ")
        assert method == "CONNECT"
        self.asked.append(authority)
        self.credentials += [one for one in headers if one.lower().startswith("proxy-auth")]
        there = self.names.get(authority)
        if there is None:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _joined((reader, writer), await asyncio.open_connection(*there), self.heard)


@asynccontextmanager
async def forward_proxy(names: dict[str, tuple[str, int]]) -> AsyncGenerator[ForwardProxy]:
    proxy = ForwardProxy(names)
    async with _serving(proxy) as port:
        proxy.port = port
        yield proxy


@dataclass(slots=True)
class TlsFront:
    """``behind``: the plain server's port on loopback, which may be set later."""

    host: str
    port: int = 0
    behind: int = 0
    connections: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there = await asyncio.open_connection("127.0.0.1", self.behind)
        await _joined((reader, writer), there, bytearray())


@asynccontextmanager
async def tls_front(
    certificate: Path, private: Path, host: str = "127.0.0.1"
) -> AsyncGenerator[TlsFront]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, private)
    front = TlsFront(host)
    async with _serving(front, host, context) as port:
        front.port = port
        yield front


@asynccontextmanager
async def _serving(
    accept: ForwardProxy | TlsFront, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncGenerator[int]:
    """Ends what is still open when the block ends."""
    running: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await accept(reader, writer)
        finally:
            running.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(handled, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _joined(one: Stream, other: Stream, heard: bytearray) -> None:
    """Until either side ends."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if writer is other[1]:
                heard.extend(data)
            writer.write(data)
            await writer.drain()

    ways = [
        asyncio.create_task(pass_on(one[0], other[1])),
        asyncio.create_task(pass_on(other[0], one[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        one[1].transport.abort()
        other[1].transport.abort()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    """Certificate and key, signed by itself: a private authority of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "authority.pem", folder / "authority.key"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
