"""What must not be sent twice leaves once, over a path that has just answered."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.outbound import unrepeatable
from notion_gateway.kernel.outbound.messages import AnswerLost, HttpAnswer, HttpRequest
from notion_gateway.kernel.outbound.session import SocketFactory, http_session
from notion_gateway.kernel.outbound.unrepeatable import UnrepeatableRequests
from tests.support.serving import listen, port_of
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

BODY = b"refresh_token=x"
WELL = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
CLOSING = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"
UNWELL = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
CUT = b'HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{"access_token"'


@dataclass
class Server:
    """Answers requests in order: ``proof`` to each GET, ``answer`` to each POST, after
    ``answer_seconds``; None ends the connection instead.
    """

    port: int
    proof: bytes = WELL
    answer: bytes | None = WELL
    answer_seconds: float = 0.0
    seen: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """The number of the connection, and the method or ``body``."""
    silent: set[int] = field(default_factory=set[int])
    """Numbers of the connections on which nothing is answered any more."""
    ends: list[str] = field(default_factory=list[str])
    """How connections ended: ``closed`` or ``reset``."""
    _numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self._numbers()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method = head.split()[0].decode()
                self.seen.append((number, method))
                if method == "POST":
                    await reader.readexactly(len(BODY))
                    self.seen.append((number, "body"))
                    await self._answer_post(reader, writer)
                elif number not in self.silent:
                    writer.write(self.proof)
                if b"connection: close" in self.proof:
                    break
        except asyncio.IncompleteReadError:
            self.ends.append("closed")
        except ConnectionResetError:
            self.ends.append("reset")
        writer.close()

    async def _answer_post(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.answer_seconds:
            try:
                async with asyncio.timeout(self.answer_seconds):
                    await reader.readexactly(1)  # tells how the client ends it
            except TimeoutError:
                pass
        if self.answer is not None:
            writer.write(self.answer)
        if self.answer in (None, CUT):
            writer.write_eof()

    @property
    def bodies(self) -> int:
        return [what for _, what in self.seen].count("body")


@asynccontextmanager
async def serving() -> AsyncGenerator[Server]:
    with listen() as listener:
        server = Server(port_of(listener))
        accepting = await asyncio.start_server(server.accept, sock=listener)
        try:
            yield server
        finally:
            accepting.close()


def open_session(socket_factory: SocketFactory | None) -> aiohttp.ClientSession:
    return http_session(allow_private=True, socket_factory=socket_factory)


@asynccontextmanager
async def sending(
    *, kept_seconds: float = 60.0, proof_seconds: float = 10.0
) -> AsyncGenerator[UnrepeatableRequests]:
    """Closed whatever happens: with an open connection uvloop's end waits for ever."""
    requests = UnrepeatableRequests(
        open_session, kept_seconds=kept_seconds, proof_seconds=proof_seconds
    )
    try:
        yield requests
    finally:
        await requests.close()


async def allowed() -> bool:
    return True


async def send(
    server: Server,
    *,
    requests: UnrepeatableRequests | None = None,
    before_body: Callable[[], object] = allowed,
) -> HttpAnswer:
    request = HttpRequest("POST", f"http://127.0.0.1:{server.port}/token", body=BODY)
    proof = HttpRequest("GET", f"http://127.0.0.1:{server.port}/about")
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE_SECONDS):
        requests = requests or await stack.enter_async_context(sending())
        return await requests.send(
            request,
            proof=proof,
            before_body=before_body,  # pyright: ignore[reportArgumentType]
        )


async def test_it_leaves_on_the_very_connection_that_has_answered() -> None:
    async with serving() as server:
        assert (await send(server)).body == b"{}"
        assert server.seen == [(1, "GET"), (1, "POST"), (1, "body")]


async def test_one_after_the_other_go_over_one_connection_each_proven_anew() -> None:
    async with serving() as server, sending() as requests:
        await send(server, requests=requests)
        await send(server, requests=requests)
        assert server.seen == [(1, "GET"), (1, "POST"), (1, "body")] * 2


async def test_two_at_once_have_a_connection_each() -> None:
    async with serving() as server, sending() as requests:
        server.answer_seconds = 0.1
        await asyncio.gather(*(send(server, requests=requests) for _ in range(2)))
        assert sorted(number for number, what in server.seen if what == "body") == [1, 2]


async def test_a_connection_is_kept_for_a_few_seconds() -> None:
    async with serving() as server, sending(kept_seconds=0.0) as requests:
        await send(server, requests=requests)
        await send(server, requests=requests)
        assert [number for number, what in server.seen if what == "body"] == [1, 2]
        await until(lambda: server.ends == ["reset"] * 2)


async def test_a_kept_connection_that_has_fallen_silent_costs_no_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unrepeatable, "_KEPT_PROOF_SECONDS", 0.2)
    async with serving() as server, sending() as requests:
        await send(server, requests=requests)
        server.silent.add(1)
        await send(server, requests=requests)
        assert server.seen[3:] == [(1, "GET"), (2, "GET"), (2, "POST"), (2, "body")]


async def test_what_got_no_answer_leaves_no_connection_for_the_next() -> None:
    async with serving() as server, sending() as requests:
        server.answer = None
        with pytest.raises(AnswerLost):
            await send(server, requests=requests)
        server.answer = WELL
        await send(server, requests=requests)
        assert [number for number, what in server.seen if what == "body"] == [1, 2]


async def test_what_is_kept_is_closed_with_the_gateway() -> None:
    async with serving() as server:
        async with sending() as requests:
            await send(server, requests=requests)
            assert server.ends == []
        await until(lambda: server.ends == ["reset"])


async def test_where_connections_end_with_each_answer_a_new_one_will_do_at_last() -> None:
    async with serving() as server:
        server.proof = server.answer = CLOSING
        assert (await send(server)).status == 200
        assert [what for _, what in server.seen].count("GET") == 3
        assert server.bodies == 1


async def test_a_server_out_of_reach_is_sent_nothing() -> None:
    async with serving() as server:
        server.proof = UNWELL
        with pytest.raises(UpstreamUnreachable, match="502"):
            await send(server)
        assert server.seen == [(1, "GET")]


async def test_a_path_that_answers_nothing_is_sent_nothing() -> None:
    async with serving() as server, sending(proof_seconds=0.2) as requests:
        server.proof = b""
        with pytest.raises(UpstreamTimeout):
            await send(server, requests=requests)
        assert server.seen == [(1, "GET")]


async def test_the_body_is_asked_for_when_the_connection_stands_and_may_be_withheld() -> None:
    asked: list[int] = []

    async with serving() as server:

        async def withheld() -> bool:
            asked.append(len(server.seen))
            return False

        with pytest.raises(UpstreamUnreachable):
            await send(server, before_body=withheld)
        await until(lambda: bool(server.ends))
        assert asked == [1]
        assert server.bodies == 0


async def test_an_answer_of_too_long_ago_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the question before the body takes long, the path has to answer once more."""
    late = 0.0
    delays = [2.0, 0.0]
    monkeypatch.setattr(unrepeatable, "steady_seconds", lambda: steady_seconds() + late)

    async def slow() -> bool:
        nonlocal late
        late += delays.pop(0)
        return True

    async with serving() as server:
        await send(server, before_body=slow)
        assert [one for one in server.seen if one[1] != "POST"] == [
            (1, "GET"),
            (2, "GET"),
            (2, "body"),
        ]


async def test_if_it_is_always_too_late_nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    late = 0.0
    monkeypatch.setattr(unrepeatable, "steady_seconds", lambda: steady_seconds() + late)

    async def slow() -> bool:
        nonlocal late
        late += 2.0
        return True

    async with serving() as server:
        with pytest.raises(UpstreamTimeout):
            await send(server, before_body=slow)
        assert server.bodies == 0


@pytest.mark.parametrize("seconds", [0.0, 0.05], ids=["at once", "after a moment"])
async def test_where_the_connection_ends_without_an_answer_nobody_knows(seconds: float) -> None:
    async with serving() as server:
        server.answer, server.answer_seconds = None, seconds
        with pytest.raises(AnswerLost):
            await send(server)
        assert server.bodies == 1


async def test_an_answer_that_breaks_off_is_one_all_the_same() -> None:
    """The server has done what it was asked, and is not working on it any more."""
    async with serving() as server:
        server.answer = CUT
        with pytest.raises(UpstreamUnsuitable, match="broke off"):
            await send(server)


async def test_it_waits_for_longer_than_connecting_may_take() -> None:
    async with serving() as server, sending(proof_seconds=0.5) as requests:
        server.answer_seconds = 1.0
        assert (await send(server, requests=requests)).status == 200


async def how_it_ends(requests: UnrepeatableRequests) -> list[str]:
    async with serving() as server:
        server.answer_seconds = 5
        with pytest.raises(AnswerLost):
            await send(server, requests=requests)
        await until(lambda: bool(server.ends))
        return server.ends


async def test_what_is_given_up_is_cut_by_a_reset() -> None:
    assert await how_it_ends(UnrepeatableRequests(open_session, answer_seconds=0.2)) == ["reset"]


async def test_without_sockets_of_its_own_it_ends_politely() -> None:
    """The control of the one above: a close delivers first what is still on its way."""
    requests = UnrepeatableRequests(lambda _: open_session(None), answer_seconds=0.2)
    assert await how_it_ends(requests) == ["closed"]
