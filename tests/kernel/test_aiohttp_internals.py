"""What the gateway's connections lean on inside aiohttp. Where one of these fails, aiohttp has
changed: read kernel/outbound/connector.py against it before the bound in
pyproject.toml is raised.
"""

# Private parts are what this is about.
# pyright: reportPrivateUsage=false

import asyncio
import inspect
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from notion_gateway.kernel.outbound.connector import IdleCheckingConnector
from tests.support.serving import listen, port_of
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@dataclass
class Server:
    """Answers each request with its number; ``received`` is what came on each connection."""

    port: int
    received: list[bytearray] = field(default_factory=list[bytearray])
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])
    answered: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = bytearray()
        self.received.append(mine)
        self.writers.append(writer)
        while data := await reader.read(65536):
            mine += data
            if mine.endswith(b"\r\n\r\n"):
                self.answered += 1
                self.say(writer, str(self.answered))

    def say(self, writer: asyncio.StreamWriter, word: str) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(word)}\r\n\r\n{word}".encode())


@asynccontextmanager
async def serving_numbers() -> AsyncGenerator[Server]:
    with listen() as listener:
        server = Server(port_of(listener))
        running = await asyncio.start_server(server.accept, sock=listener)
        try:
            yield server
        finally:
            for writer in server.writers:
                writer.transport.abort()
            running.close()


def only_kept(http: aiohttp.ClientSession) -> ResponseHandler:
    """The one connection that is kept for later."""
    assert isinstance(http.connector, aiohttp.TCPConnector)
    ((_, kept),) = http.connector._conns.items()
    ((protocol, _),) = kept
    return protocol


async def speak_unasked(server: Server, kept: ResponseHandler) -> None:
    server.say(server.writers[0], "unasked")
    await until(lambda: bool(kept.should_close))


async def two_calls(connector: aiohttp.TCPConnector, *, unasked: bool) -> tuple[list[str], Server]:
    """The answers of two calls, one after the other; ``unasked``: the server speaks between."""
    async with serving_numbers() as server, aiohttp.ClientSession(connector=connector) as http:
        async with http.get(server.url) as answer:
            first = await answer.text()
        assert not only_kept(http).should_close
        if unasked:
            await speak_unasked(server, only_kept(http))
        async with http.get(server.url) as answer:
            return [first, await answer.text()], server


def test_a_kept_connection_is_taken_with_get() -> None:
    assert inspect.iscoroutinefunction(aiohttp.TCPConnector._get)
    taken = inspect.signature(aiohttp.TCPConnector._get)
    assert list(taken.parameters) == ["self", "key", "traces"]
    assert (
        taken.parameters.keys() == inspect.signature(IdleCheckingConnector._get).parameters.keys()
    )
    assert isinstance(inspect.getattr_static(Connection, "protocol"), property)
    assert isinstance(inspect.getattr_static(ResponseHandler, "should_close"), property)


async def test_connecting_asks_for_a_kept_connection_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    get = aiohttp.TCPConnector._get
    found: list[bool] = []

    async def counted(*arguments: object) -> object:
        kept = await get(*arguments)  # pyright: ignore[reportArgumentType]
        found.append(kept is not None)
        return kept

    monkeypatch.setattr(aiohttp.TCPConnector, "_get", counted)
    said, server = await two_calls(IdleCheckingConnector(), unasked=False)

    assert said == ["1", "2"]
    assert len(server.received) == 1
    assert found == [False, True]


async def test_a_connection_on_which_something_came_unasked_is_not_taken() -> None:
    said, server = await two_calls(IdleCheckingConnector(), unasked=True)

    assert said == ["1", "2"]
    assert len(server.received) == 2


async def test_aiohttp_alone_takes_it_and_what_came_for_the_answer() -> None:
    """The control: why the connector looks. Where this fails, aiohttp looks by itself."""
    said, server = await two_calls(aiohttp.TCPConnector(), unasked=True)

    assert said == ["1", "unasked"]
    assert len(server.received) == 1
