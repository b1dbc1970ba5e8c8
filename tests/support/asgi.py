"""Small ASGI applications that answer as a test wants an upstream to answer."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRANSPORT = "tests.transport"
RawHeaders = Sequence[tuple[bytes, bytes]]


def answer(status: int, body: bytes = b"", headers: RawHeaders = ()) -> ASGIApp:
    """One whole answer, with a content-length unless ``headers`` say otherwise."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        names = {name for name, _ in headers}
        framed = {b"content-length", b"transfer-encoding"} & names or status in (204, 304)
        length = () if framed else ((b"content-length", str(len(body)).encode()),)
        await start(send, status, [*headers, *length])
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


def torn(body: bytes, at: int, status: int = 200) -> ASGIApp:
    """Promises the whole body, sends ``at`` bytes of it, and closes the socket."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        await start(send, status, [(b"content-length", str(len(body)).encode())])
        await send({"type": "http.response.body", "body": body[:at], "more_body": True})
        transport_of(scope).close()

    return app


class Held:
    """Holds every request until ``release``, then lets ``then`` answer it."""

    def __init__(self, then: ASGIApp) -> None:
        self.then = then
        self.arrived = asyncio.Event()
        self._released = asyncio.Event()

    def release(self) -> None:
        self._released.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.arrived.set()
        await self._released.wait()
        await self.then(scope, receive, send)


class Together:
    """Holds requests until so many are there, and then lets ``then`` answer them and all later
    ones.
    """

    def __init__(self, then: ASGIApp, count: int) -> None:
        self._then = then
        self._missing = count
        self._met = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._met.set()
        await self._met.wait()
        await self._then(scope, receive, send)


async def read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return bytes(body)


async def start(send: Send, status: int, headers: RawHeaders) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def chunk(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def disconnected(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that hands out a body which was read already, then goes on."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def transport_of(scope: Scope) -> asyncio.Transport:
    """The socket of a request, where ``Wire`` put it: ASGI cannot break a connection off."""
    transport: asyncio.Transport = scope[TRANSPORT]
    return transport


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    return dict(raw)
