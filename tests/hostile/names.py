"""A resolver that answers as a test wants, and a listener that nobody should reach."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from notion_gateway.kernel.outbound import resolver as guarded_resolver

NAME = "notion.example"


@dataclass(slots=True)
class Answers:
    """What the next look-ups find, in turn; the last answer stays."""

    turns: list[list[str]]
    asked: int = 0

    def next(self) -> list[str]:
        self.asked += 1
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


def resolving(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Takes the place of the system's resolver beneath the guard."""
    answers = Answers([[]])

    class Resolver(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            assert (host, family) == (NAME, socket.AF_UNSPEC)
            return [
                ResolveResult(
                    hostname=host,
                    host=address,
                    port=port,
                    family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                    proto=0,
                    flags=0,
                )
                for address in answers.next()
            ]

        async def close(self) -> None:
            pass

    monkeypatch.setattr(guarded_resolver, "ThreadedResolver", Resolver)
    return answers


@dataclass(slots=True)
class Listener:
    """Counts who came, and answers 200 to everybody."""

    host: str
    port: int = 0
    connections: int = 0
    heard: bytes = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.heard += await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()


@asynccontextmanager
async def listening(host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[Listener]:
    one = Listener(host)
    server = await asyncio.start_server(one, host, port)
    one.port = server.sockets[0].getsockname()[1]
    async with server:
        yield one
