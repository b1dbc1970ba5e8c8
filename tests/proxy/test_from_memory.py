"""Calls that memory can answer: what they cost, and that every end gives everything back."""

import asyncio
import gc
import sys
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from notion_gateway.access.opening import Access
from notion_gateway.http import protocol
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.proxy import from_memory
from notion_gateway.proxy.http1.pool import ConnectionPool
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.relay import Relay
from tests.hostile.raw_upstream import OK, Accepted, RawUpstream, in_place_of
from tests.support.gateway import CALL
from tests.support.identity import Signer
from tests.support.raw import ask, connection, request
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import until
from tests.support.warmth import warmed

pytestmark = pytest.mark.anyio

_THIS_ONE = 2
"""References: a name here, and the one that counts them."""
LIMIT = 0.4
"""Seconds that a call may wait for the head of its answer."""


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """What is answered in callbacks, which every call is. Asked for before any connection is made:
    the loop looks up only once what reads from it.
    """
    return warmed(monkeypatch)


@pytest.fixture
async def raw(connected: Rig) -> AsyncGenerator[RawUpstream]:
    async with in_place_of(connected.notion) as one:
        yield one


def state(rig: Rig) -> dict[str, Any]:
    return cast("dict[str, Any]", rig.gateway.server.lifespan.state)


async def test_what_warms_a_gateway_in_tests_has_the_first_call_answered_in_callbacks(
    relays: list[Relay], connected: Rig
) -> None:
    for body in (CALL, b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}'):
        assert (await connected.caller.call("team", body)).status == 200

    assert len(relays) == 2


# --- the ends of a call -------------------------------------------------------------------------

Serve = Callable[[Accepted], Awaitable[None]]


async def whole(peer: Accepted) -> None:
    await peer.request()
    peer.write(OK)
    await peer.left()


async def never(peer: Accepted) -> None:
    await peer.request()
    await peer.left()


async def cut_before_the_head(peer: Accepted) -> None:
    await peer.request()


async def cut_in_mid_answer(peer: Accepted) -> None:
    await peer.request()
    peer.write(OK[:-1])


async def a_redirect(peer: Accepted) -> None:
    await peer.request()
    peer.write(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")
    await peer.left()


async def no_http(peer: Accepted) -> None:
    await peer.request()
    peer.write(b"garbage\r\n\r\n")
    await peer.left()


@pytest.mark.parametrize(
    ("serve", "patience", "told"),
    [
        (whole, 5.0, b"HTTP/1.1 200 OK"),
        (never, 5.0, b"HTTP/1.1 504 Gateway Timeout"),
        (never, 0.05, b""),
        (cut_before_the_head, 5.0, b"HTTP/1.1 502 Bad Gateway"),
        (cut_in_mid_answer, 5.0, b"HTTP/1.1 200 OK"),
        (a_redirect, 5.0, b"HTTP/1.1 502 Bad Gateway"),
        (no_http, 5.0, b"HTTP/1.1 502 Bad Gateway"),
    ],
    ids=[
        *("whole", "late", "the caller leaves", "cut before the head", "cut in mid-answer"),
        *("a redirect", "no http"),
    ],
)
async def test_every_end_gives_everything_back_and_no_collector_is_needed(
    relays: list[Relay],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    serve: Serve,
    patience: float,
    told: bytes,
) -> None:
    limits: dict[str, Any] = {"notion_mcp_call_timeout_seconds": LIMIT, "gateway_open_calls": 1}
    async with strict_rig(tmp_path, monkeypatch, signer, **limits) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        who = f"Authorization: Bearer {await ada.token(space)}"
        async with in_place_of(rig.notion) as notion:
            notion.serve = serve
            async with connection(rig.gateway.port) as raw:
                head = f"POST /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n"
                await raw.send(f"{head}Content-Length: {len(CALL)}\r\n\r\n".encode() + CALL)
                try:
                    async with asyncio.timeout(patience):
                        assert (await raw.reader.readline()).rstrip() == told
                except TimeoutError:
                    assert told == b""
            access: Access = state(rig)["access"]
            proxy: Proxy = state(rig)["proxy"]
            await until(lambda: not access.limits._open)  # pyright: ignore[reportPrivateUsage]
            assert not access.open_calls._open  # pyright: ignore[reportPrivateUsage]
            (relay,) = relays
            assert relay not in relay._relays._waiting  # pyright: ignore[reportPrivateUsage]
            http1 = proxy.http1
            assert http1 is not None
            await until(lambda: len(http1.pool) <= (1 if serve in (whole, a_redirect) else 0))

        relays.clear()
        await until(lambda: sys.getrefcount(relay) == _THIS_ONE)  # nobody else holds it


async def test_a_connection_that_has_ended_is_freed_without_the_collector(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, protocols = LimitedHttpProtocol.connection_made, list[weakref.ref[Any]]()

    def connection_made(self: LimitedHttpProtocol, transport: Any) -> None:
        protocols.append(weakref.ref(self))
        made(self, transport)

    monkeypatch.setattr(LimitedHttpProtocol, "connection_made", connection_made)
    gc.collect()
    gc.disable()
    try:
        async with connection(connected.gateway.port) as raw:
            for _ in range(3):
                await ask(raw)
        async with asyncio.timeout(5):
            await until(lambda: protocols[0]() is None)
    finally:
        gc.enable()


# --- what a coroutine takes over ----------------------------------------------------------------


class Refusing(RecordingMcp):
    """Answers one call with 401."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.status = 401 if len(self.seen) == 1 else 200
        await super().__call__(scope, receive, send)


async def test_a_call_that_is_sent_again_after_a_401_counts_once(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    notion = Refusing()
    async with strict_rig(
        tmp_path, monkeypatch, signer, notion, gateway_calls_per_minute=30
    ) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        statuses = [(await ada.call(space, CALL)).status for _ in range(31)]

    assert statuses == [200] * 30 + [429]
    assert len(notion.seen) == 31
    assert {one.body for one in notion.seen} == {CALL}
    assert len(relays) == 30


async def test_who_is_removed_between_a_calls_head_and_its_body_opens_no_stream(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    monkeypatch.setattr(protocol, "REST_OF_BODY_SECONDS", 60)
    stream = WatchedMcp(forever())
    async with strict_rig(tmp_path, monkeypatch, signer, stream) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.connect(space)
        await ada.add(space, "bob")
        who = f"Authorization: Bearer {await bob.token(space)}"
        head = f"POST /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n"
        for is_removed in (False, True):
            async with connection(rig.gateway.port) as raw:
                await raw.send(f"{head}Content-Length: {len(CALL)}\r\n\r\n".encode())
                if is_removed:
                    await until(lambda: _waiting_for_a_body(rig))
                    await ada.send("DELETE", f"/spaces/{space}/members/bob")
                await raw.send(CALL)
                status, _ = await raw.head()
                assert status == (401 if is_removed else 200)

    assert stream.opened == 1


def _waiting_for_a_body(rig: Rig) -> bool:
    connections: Any = rig.gateway.server.server_state.connections
    return any(one._request is not None for one in connections)


async def test_a_stop_between_a_calls_head_and_its_body_waits_for_its_answer(
    relays: list[Relay], connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "REST_OF_BODY_SECONDS", 60)
    async with connection(connected.gateway.port) as caller:
        await caller.send(request(body=CALL).removesuffix(CALL))
        await until(lambda: _waiting_for_a_body(connected))
        connected.gateway.server.stop()
        await asyncio.sleep(0)
        await caller.send(CALL)

        assert (await caller.head())[0] == 200
    assert len(raw.received) == 1


async def test_a_body_over_the_limit_that_is_set_is_refused(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, gateway_max_request_bytes=1024) as rig:
        await rig.caller.connect("team")
        assert (await rig.caller.call("team", b" " * 1025)).status == 413


async def test_a_header_that_differs_from_call_to_call_goes_on_with_each(
    relays: list[Relay], connected: Rig, upstream: RecordingMcp
) -> None:
    traces = [f"00-{number:032x}-{number:016x}-01" for number in range(1, 4)]
    for trace in traces:
        answer = await connected.caller.call(
            "team", headers={"traceparent": trace, "X-Request-ID": f"request-{trace}"}
        )
        assert answer.headers["x-request-id"] == f"request-{trace}"

    assert [one.values(b"traceparent") for one in upstream.seen] == [[t.encode()] for t in traces]
    assert len(relays) == 3
    assert len(state(connected)["direct_server"]._remembered) == 1


async def test_what_was_remembered_of_a_disconnected_space_is_forgotten(
    relays: list[Relay], connected: Rig
) -> None:
    assert (await connected.caller.call("team")).status == 200
    await connected.caller.disconnect("team")
    assert (await connected.caller.call("team")).reason == "not_connected"

    assert len(relays) == 1
    assert state(connected)["direct_server"]._remembered == {}


async def test_a_call_of_who_has_not_taken_the_last_answer_yet_waits_for_that(
    relays: list[Relay], connected: Rig, raw: RawUpstream
) -> None:
    async with connection(connected.gateway.port) as caller:
        await ask(caller)
        (gateways_end,) = [
            one
            for one in cast("Any", connected.gateway.server.server_state.connections)
            if one.client == caller.writer.get_extra_info("sockname")
        ]
        gateways_end.pause_writing()  # as the transport says when its buffer is full
        await caller.send(request(body=CALL))
        await until(lambda: len(raw.received) == 2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await caller.reader.read(1)

        gateways_end.resume_writing()
        assert (await caller.head())[0] == 200
    assert len(relays) == 1


# --- connections that have to be made first -----------------------------------------------------


def http1_of(rig: Rig) -> Http1Upstream:
    proxy: Proxy = state(rig)["proxy"]
    assert proxy.http1 is not None
    return proxy.http1


def connecting() -> list[asyncio.Task[Any]]:
    return [one for one in asyncio.all_tasks() if one.get_name() == "connect to Notion"]


async def test_streams_that_are_open_hold_no_task(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = WatchedMcp(forever())
    async with a_rig(tmp_path, monkeypatch, mcp=stream) as rig:
        await rig.caller.connect("team")
        async with AsyncExitStack() as stack:
            for _ in range(20):
                raw = await stack.enter_async_context(connection(rig.gateway.port))
                await raw.send(request(body=CALL))
                assert (await raw.head())[0] == 200

            assert len(relays) == stream.opened == 20
            assert len(http1_of(rig).pool) == 20
            assert rig.gateway.server.server_state.tasks == set()
            assert connecting() == []
        await until(lambda: stream.left == 20)
        await until(lambda: len(http1_of(rig).pool) == 0)


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        (ConnectionRefusedError(), 502, "upstream_unreachable"),
        (TimeoutError(), 504, "upstream_timeout"),
        (ZeroDivisionError(), 500, "internal"),
    ],
)
async def test_a_connection_that_cannot_be_made_is_said_in_an_answer_to_the_call(
    relays: list[Relay],
    connected: Rig,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    status: int,
    reason: str,
) -> None:
    async def made(_: ConnectionPool) -> Any:
        raise fault

    monkeypatch.setattr(http1_of(connected).pool, "ready", lambda: None)
    monkeypatch.setattr(http1_of(connected).pool, "kept", no_kept_one)
    monkeypatch.setattr(ConnectionPool, "made", made)
    answer = await connected.caller.call("team")

    assert (answer.status, answer.reason, answer.json["id"]) == (status, reason, 1)
    assert len(relays) == 1
    assert connecting() == []


async def test_who_leaves_while_a_connection_is_made_leaves_no_attempt_behind(
    relays: list[Relay], connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def made(_: ConnectionPool) -> Any:
        await asyncio.Event().wait()

    async with connection(connected.gateway.port) as raw:
        await ask(raw)
        monkeypatch.setattr(http1_of(connected).pool, "ready", lambda: None)
        monkeypatch.setattr(http1_of(connected).pool, "kept", no_kept_one)
        monkeypatch.setattr(ConnectionPool, "made", made)
        await raw.send(request(body=CALL))
        await until(lambda: len(connecting()) == 1)
    await until(lambda: connecting() == [])

    assert len(relays) == 2
    assert relays[1] not in relays[1]._relays._waiting  # pyright: ignore[reportPrivateUsage]


async def ended_at_once(peer: Accepted) -> None:
    await peer.request()


@pytest.mark.parametrize("kept", [False, True])
async def test_a_get_is_sent_once_more_only_where_a_kept_connection_has_ended(
    relays: list[Relay],
    connected: Rig,
    raw: RawUpstream,
    monkeypatch: pytest.MonkeyPatch,
    kept: bool,
) -> None:
    if kept:
        raw.serve = answered_once
        assert (await connected.caller.call("team")).status == 200
    else:
        monkeypatch.setattr(http1_of(connected).pool, "ready", lambda: None)
        monkeypatch.setattr(http1_of(connected).pool, "kept", no_kept_one)
    raw.serve = ended_at_once
    answer = await connected.caller.call("team", None, method="GET")

    assert (answer.status, answer.reason) == (502, "upstream_unreachable")
    gets = [one for one in raw.received if one.line.startswith(b"GET")]
    assert len(gets) == (2 if kept else 1)
    assert len(relays) == (2 if kept else 1)
    assert connecting() == []


async def answered_once(peer: Accepted) -> None:
    await peer.request()
    peer.write(OK)
    await peer.request()


async def no_kept_one() -> None:
    return None


async def test_a_way_to_notion_that_went_silent_is_a_504(
    relays: list[Relay], connected: Rig, raw: RawUpstream
) -> None:
    raw.serve = never
    asking = asyncio.create_task(connected.caller.call("team"))
    await until(lambda: len(raw.received) == 1)
    # As the system says it of a peer that acknowledges nothing any more (TCP_USER_TIMEOUT).
    relays[0].failed(TimeoutError(110, "Connection timed out"))

    assert (await asking).reason == "upstream_timeout"


async def test_a_head_over_the_limit_is_refused_in_one_read_too(connected: Rig) -> None:
    async with connection(connected.gateway.port) as raw:
        await ask(raw)
        await raw.send(request("X-Long: " + "x" * 200_000, body=CALL))
        assert (await raw.head())[0] == 431


async def test_long_heads_are_served_and_not_remembered(
    relays: list[Relay], connected: Rig
) -> None:
    for number in range(3):
        answer = await connected.caller.call("team", headers={"X-Long": f"{number}" * 5000})
        assert answer.status == 200

    assert len(relays) == 3
    assert state(connected)["direct_server"]._remembered == {}


async def test_what_is_remembered_goes_when_it_holds_no_longer_though_nobody_calls(
    relays: list[Relay], connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_memory, "_FORGOTTEN_WITHIN_SECONDS", 0.02)
    assert (await connected.caller.call("team")).status == 200
    remembered = state(connected)["direct_server"]
    assert len(remembered._remembered) == len(relays) == 1
    assert "Bearer" not in repr(remembered._remembered)
    await connected.caller.disconnect("team")
    await until(lambda: remembered._remembered == {})


async def test_a_header_that_connection_names_goes_no_further(
    relays: list[Relay], connected: Rig, upstream: RecordingMcp
) -> None:
    for name in ("traceparent", "x-request-id", "x-other"):
        headers = {"Connection": f"keep-alive, {name}", name: "00000000", "X-Kept": "1"}
        assert (await connected.caller.call("team", headers=headers)).status == 200
        assert upstream.last.values(name.encode()) == []
        assert upstream.last.values(b"x-kept") == [b"1"]
    assert len(relays) == 1
