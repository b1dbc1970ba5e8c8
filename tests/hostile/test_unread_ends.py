"""Callers who take nothing more: their connection ends all the same, soon after it was closed."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from notion_gateway.http import closing
from notion_gateway.http.direct import AnswerWriter
from notion_gateway.proxy import relay
from notion_gateway.proxy.from_memory import FromMemory
from notion_gateway.proxy.relay import Relay
from tests.hostile.raw_upstream import Accepted, RawUpstream, in_place_of
from tests.support.gateway import CALL
from tests.support.identity import Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.waiting import until
from tests.support.warmth import warmed

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:35")]

LARGE = b"x" * 12_000_000
"""More than the system's own buffers hold."""
SHORT = b"x" * 9_000
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(SHORT)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
AT_ONCE = 0.2
SOON = 10.0

Act = Callable[["Setting"], Awaitable[None]]


class Setting:
    def __init__(self, rig: Rig, raw: RawUpstream, removed: Callable[[], Awaitable[None]]) -> None:
        self.rig = rig
        self.raw = raw
        self.removed = removed
        self.asked = 1

    @property
    def connections(self) -> list[Any]:
        """Of callers, which hold something that was not taken."""
        found: Any = self.rig.gateway.server.server_state.connections
        return [one for one in found if one.transport.get_write_buffer_size()]

    def has_answered(self) -> bool:
        everybody: Any = self.rig.gateway.server.server_state.connections
        are_over = not any(one._is_answering() for one in everybody)
        return are_over and len(self.raw.received) == self.asked

    def take_little(self) -> None:
        """The system, of what the gateway writes."""
        for one in cast("Any", self.rig.gateway.server.server_state.connections):
            number = os.dup(one.transport.get_extra_info("socket").fileno())
            with socket.socket(fileno=number) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


async def is_removed(setting: Setting) -> None:
    await setting.removed()


async def waits(_: Setting) -> None:
    """Nothing more has to happen."""


async def is_idle_for_long(setting: Setting) -> None:
    (one,) = setting.connections
    one._idle_since = -1000.0
    one.timeout_keep_alive_handler()


async def gives_all(peer: Accepted) -> None:
    while True:
        await peer.request()
        peer.write(WHOLE + SHORT)


async def goes_on(peer: Accepted) -> None:
    await peer.request()
    peer.write(STREAM + b"%x\r\n%b\r\n" % (len(LARGE), LARGE))
    await peer.left()


@pytest.fixture
def signer() -> Signer:
    return Signer()


@asynccontextmanager
async def unread(
    folder: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, serve: Any, more: str
) -> AsyncGenerator[Setting]:
    """A caller who has read the first bytes of an answer, and reads no more. They call until
    something is left over, and once more with the header ``more``.
    """
    async with strict_rig(folder, monkeypatch, signer) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.connect(space)
        await ada.add(space, "bob")
        token = await bob.token(space)

        async def removed() -> None:
            await ada.send("DELETE", f"/spaces/{space}/members/bob")

        head = f"POST /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        rest = f"Authorization: Bearer {token}\r\nContent-Length: {len(CALL)}\r\n\r\n"
        ask, ask_last = (f"{head}{one}{rest}".encode() + CALL for one in ("", more))
        loop = asyncio.get_running_loop()
        async with in_place_of(rig.notion) as raw:
            raw.serve = serve
            with socket.socket() as sock:
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                await loop.sock_connect(sock, ("127.0.0.1", rig.gateway.port))
                await loop.sock_sendall(sock, ask)
                assert await loop.sock_recv(sock, 12) == b"HTTP/1.1 200"
                setting = Setting(rig, raw, removed)
                setting.take_little()
                while serve is gives_all and not setting.connections:
                    await until(setting.has_answered, SOON)
                    await loop.sock_sendall(sock, ask)
                    setting.asked += 1
                await until(lambda: bool(setting.connections), SOON)
                if more:
                    await until(setting.has_answered, SOON)
                    await loop.sock_sendall(sock, ask_last)
                yield setting


ENDS = [
    (goes_on, "", is_removed),
    (gives_all, "", is_idle_for_long),
    (gives_all, "Connection: close\r\n", waits),
]


@pytest.mark.parametrize("way", ["in callbacks", "in coroutines"])
@pytest.mark.parametrize(("serve", "more", "act"), ENDS)
async def test_a_closed_connection_that_is_not_read_ends(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    serve: Any,
    more: str,
    act: Act,
    way: str,
) -> None:
    bound(monkeypatch, AT_ONCE)
    relays = in_the_way(monkeypatch, way)
    async with unread(tmp_path, monkeypatch, signer, serve, more) as setting:
        (held,) = setting.connections
        await act(setting)
        state = setting.rig.gateway.server.server_state
        await until(lambda: held not in state.connections, SOON)
    assert bool(relays) == (way == "in callbacks")


@pytest.mark.parametrize(("serve", "more", "act"), ENDS)
async def test_without_a_bound_it_stays(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    serve: Any,
    more: str,
    act: Act,
) -> None:
    """The control."""
    bound(monkeypatch, 3600)
    in_the_way(monkeypatch, "in callbacks")
    async with unread(tmp_path, monkeypatch, signer, serve, more) as setting:
        (held,) = setting.connections
        await act(setting)
        await until(held.transport.is_closing)
        with pytest.raises(TimeoutError):
            await until(lambda: not setting.connections, 5 * AT_ONCE)


def bound(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(closing.close_within, "__defaults__", (seconds,))
    monkeypatch.setattr(AnswerWriter.cut, "__defaults__", (seconds,))
    monkeypatch.setattr(relay, "_ACCESS_ENDED_SECONDS", seconds)


def in_the_way(monkeypatch: pytest.MonkeyPatch, way: str) -> list[Relay]:
    relays = warmed(monkeypatch)
    if way == "in coroutines":

        def nothing(*_: object) -> bool:
            return False

        monkeypatch.setattr(FromMemory, "accepts", nothing)
    return relays
