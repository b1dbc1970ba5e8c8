"""The ends of calls in callbacks, and the connections that are made for them."""

import asyncio
import gc
import sys
import weakref
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.opening import Access
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.proxy.http1.pool import ConnectionPool
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.relay import Relay
from tests.hostile.raw_upstream import OK, Accepted, RawUpstream, in_place_of
from tests.proxy.callbacks import connecting, http1_of, state
from tests.proxy.upstream_rigs import SOON
from tests.support.gateway import CALL
from tests.support.identity import Signer
from tests.support.raw import ask, connection, request
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

_THIS_ONE = 2
"""References: a name here, and the one that counts them."""
SHORT = 0.2


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
    ("serve", "limit", "told"),
    [
        (whole, PATIENCE_SECONDS, b"HTTP/1.1 200 OK"),
        (never, SHORT, b"HTTP/1.1 504 Gateway Timeout"),
        (never, PATIENCE_SECONDS, b""),
        (cut_before_the_head, PATIENCE_SECONDS, b"HTTP/1.1 502 Bad Gateway"),
        (cut_in_mid_answer, PATIENCE_SECONDS, b"HTTP/1.1 200 OK"),
        (a_redirect, PATIENCE_SECONDS, b"HTTP/1.1 502 Bad Gateway"),
        (no_http, PATIENCE_SECONDS, b"HTTP/1.1 502 Bad Gateway"),
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
    limit: float,
    told: bytes,
) -> None:
    """``limit``: for how many seconds a call may wait for the head of its answer."""
    limits: dict[str, Any] = {"notion_mcp_call_timeout_seconds": limit, "gateway_open_calls": 1}
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
                if told:
                    assert (await raw.reader.readline()).rstrip() == told
                else:
                    await until(lambda: len(notion.received) == 1)
            access: Access = state(rig)["access"]
            proxy: Proxy = state(rig)["proxy"]
            await until(lambda: not access.limits._open)  # pyright: ignore[reportPrivateUsage]
            assert not access.open_calls._open  # pyright: ignore[reportPrivateUsage]
            (relay,) = relays
            assert relay not in relay._relays._waiting  # pyright: ignore[reportPrivateUsage]
            http1 = proxy.http1
            assert http1 is not None
            most = 1 if serve in (whole, a_redirect) else 0
            await until(lambda: len(http1.pool) <= most, SOON)

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
        async with asyncio.timeout(PATIENCE_SECONDS):
            await until(lambda: protocols[0]() is None)
    finally:
        gc.enable()


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
        await until(lambda: len(http1_of(rig).pool) == 0, SOON)


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
