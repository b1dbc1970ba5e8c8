"""Whatever the token endpoint answers that is no clear refusal: the connection is kept."""

import gzip
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from notion_gateway.kernel.outbound import unrepeatable
from notion_gateway.kernel.outbound.transport import read_answer
from notion_gateway.storage.change_feed import ChangeFeed
from tests.acceptance.token_answers import MIB, NO_TOKENS, PAIR, UNCLEAR, Endless, bomb
from tests.support.asgi import answer, start, torn, transport_of
from tests.support.figures import Figure
from tests.support.rig import Rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_change_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    """News of the connect itself would end a back-off early."""

    async def silent(*_: object) -> None:
        return

    monkeypatch.setattr(ChangeFeed, "follow", silent)


@pytest.fixture(autouse=True)
def _stopped_clock(connected: Rig) -> None:
    """On a busy machine a test takes longer than the pause after a failure, and it would end."""
    connected.clock.stop()


async def require_kept(rig: Rig, fault: str = "", *, attempts: int = 1) -> None:
    """503 for the caller; connected, no failure in the history, and the endpoint left alone."""
    before = len(rig.notion.wire.refreshes())
    for _ in range(3):
        refused = await rig.caller.call("team")
        assert (refused.status, refused.reason) == (503, "refresh_unavailable"), fault
        assert int(refused.headers["retry-after"]) >= 1, fault
    assert len(rig.notion.wire.refreshes()) == before + attempts, fault
    assert await rig.caller.event_types("team") == ["Authorized", "TokenRefreshStarted"], fault
    assert (await rig.caller.status("team"))["status"] == "connected", fault


async def failures_of(rig: Rig) -> int:
    """How often its history says that the grant has ended."""
    return (await rig.caller.event_types("team")).count("AuthorizationFailed")


async def require_recovered(rig: Rig) -> None:
    """With the endpoint well again, the kept token is redeemed and calls are answered."""
    rig.notion.wire.instead.clear()
    rig.clock.skip(4000)
    assert (await rig.caller.call("team")).status == 200


@pytest.mark.promise("threats:9", "seed:no-500")
async def test_no_answer_but_a_clear_refusal_ends_a_connection(
    connected: Rig, figure: Figure
) -> None:
    for fault, (status, body, headers) in UNCLEAR.items():
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        connected.notion.wire.instead["/token"] = answer(status, body, raw)
        connected.let_token_expire()
        await require_kept(connected, fault)

    await require_recovered(connected)
    assert len(UNCLEAR) >= 40
    assert len(set(connected.notion.wire.refreshes())) == 1
    failures = await failures_of(connected)
    figure("{} answers that refuse nothing clearly: {} ended the grant", len(UNCLEAR), failures)


@pytest.mark.promise("threats:9")
async def test_the_endpoint_is_asked_less_and_less_often(connected: Rig) -> None:
    connected.notion.wire.instead["/token"] = answer(500)
    connected.let_token_expire()
    asked: list[int] = []
    for _ in range(120):
        await connected.caller.call("team")
        asked.append(len(connected.notion.wire.refreshes()))
        connected.clock.skip(1)

    assert asked[0] == 1
    assert 6 <= asked[-1] <= 9  # after 1, 2, 5, 10, 30, 30, 30 seconds


@pytest.mark.promise("threats:9")
async def test_a_retry_after_is_respected_and_passed_on(connected: Rig) -> None:
    connected.notion.wire.instead["/token"] = answer(429, b"{}", [(b"retry-after", b"300")])
    connected.let_token_expire()
    first = await connected.caller.call("team")
    connected.clock.skip(200)
    second = await connected.caller.call("team")
    assert len(connected.notion.wire.refreshes()) == 1
    connected.clock.skip(101)
    await connected.caller.call("team")

    assert 290 <= int(first.headers["retry-after"]) <= 300
    assert 90 <= int(second.headers["retry-after"]) <= 100
    assert len(connected.notion.wire.refreshes()) == 2


@pytest.mark.promise("threats:11")
async def test_a_200_without_tokens_never_ends_a_grant(connected: Rig) -> None:
    for fault, body in NO_TOKENS.items():
        connected.notion.wire.instead["/token"] = answer(200, body)
        connected.let_token_expire()
        await require_kept(connected, fault)

    await require_recovered(connected)


@pytest.mark.promise("threats:11")
@pytest.mark.parametrize("torn_off", [False, True])
async def test_a_200_cut_at_any_byte_never_ends_a_grant(
    connected: Rig, torn_off: bool, figure: Figure
) -> None:
    """Cut inside its own frame, and torn off with the connection."""
    body = PAIR
    wire = connected.notion.wire
    connected.let_token_expire()
    for at in range(len(body)):
        wire.instead["/token"] = torn(body, at) if torn_off else answer(200, body[:at])
        refused = await connected.caller.call("team")
        assert (refused.status, refused.reason) == (503, "refresh_unavailable"), at
        connected.clock.skip(31)

    assert len(wire.refreshes()) == len(body)
    assert len(set(wire.refreshes())) == 1
    assert await connected.caller.event_types("team") == ["Authorized", "TokenRefreshStarted"]
    await require_recovered(connected)
    figure("{:,} cut answers: {} ended the grant", len(body), await failures_of(connected))


@pytest.mark.promise("threats:11")
async def test_a_pair_lost_on_its_way_back_is_made_good_by_one_retry_of_the_old_token(
    connected: Rig,
) -> None:
    """Notion has rotated, the answer was cut: its tolerance for one retry is what is left."""

    async def rotate_and_tear(scope: Scope, receive: Receive, send: Send) -> None:
        async def nowhere(_: Any) -> None:
            return

        await connected.notion.wire.simulated(scope, receive, nowhere)
        await start(send, 200, [(b"content-length", b"100")])
        transport_of(scope).close()

    connected.notion.wire.instead["/token"] = rotate_and_tear
    connected.let_token_expire()
    await require_kept(connected)
    await require_recovered(connected)

    sent = connected.notion.wire.refreshes()
    assert sent[0] == sent[1]
    assert connected.notion.grant_states() == ["active"]


@pytest.mark.promise("threats:12")
@pytest.mark.parametrize("told", ["absent", "null", "empty"])
async def test_without_a_new_refresh_token_the_old_one_stays(
    connected: Rig, told: str, figure: Figure
) -> None:
    connected.notion.change(refresh_answer=told)
    for _ in range(3):
        connected.let_token_expire()
        assert (await connected.caller.call("team")).status == 200

    sent = connected.notion.wire.refreshes()
    assert len(sent) == 3
    assert len(set(sent)) == 1
    other = len(sent) - sent.count(sent[0])
    figure("{} renewals in a row without one: {} with another than the first", len(sent), other)
    fields = connected.sql("SELECT field FROM secrets ORDER BY field")
    assert fields == [("access_token",), ("refresh_token",)]


@pytest.mark.promise("threats:37")
@pytest.mark.parametrize("framing", ["chunked", "length"])
async def test_an_endless_token_answer_is_cut_at_one_mebibyte(
    connected: Rig, framing: str, figure: Figure
) -> None:
    promised = [(b"content-length", b"999999999999")] if framing == "length" else []
    endless = Endless(b"x" * 65_536, promised)
    connected.notion.wire.instead["/token"] = endless
    connected.let_token_expire()
    await require_kept(connected)

    await until(lambda: endless.is_over)
    assert endless.taken < 16 * MIB  # what the sockets' own buffers hold, no more
    words = "of an endless answer {:.1f} MiB left Notion, sockets' buffers included"
    figure(words, endless.taken / MIB)
    await require_recovered(connected)


@pytest.mark.promise("threats:37")
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "br", "x"])
async def test_a_compressed_bomb_is_not_unpacked(
    connected: Rig, encoding: str, figure: Figure
) -> None:
    packed = bomb(encoding.count("gzip") or 1)
    app: ASGIApp = answer(200, packed, [(b"content-encoding", encoding.encode())])
    connected.notion.wire.instead["/token"] = app
    connected.let_token_expire()

    peak = await peak_of_a_call(connected)
    assert peak < 16 * MIB
    figure("{} bombs, of which one took {:.1f} MiB of memory at most", 1, peak / MIB)
    await require_kept(connected, attempts=0)
    await require_recovered(connected)


async def peak_of_a_call(rig: Rig) -> int:
    tracemalloc.start()
    try:
        assert (await rig.caller.call("team")).status == 503
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak


async def test_without_the_limit_the_same_bomb_fills_the_memory(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    unlimited = partial(read_answer, max_bytes=2**40)
    monkeypatch.setattr(unrepeatable, "read_answer", unlimited)
    app: ASGIApp = answer(200, bomb(1), [(b"content-encoding", b"gzip")])
    connected.notion.wire.instead["/token"] = app
    connected.let_token_expire()

    assert await peak_of_a_call(connected) > 64 * MIB


async def test_an_answer_compressed_although_nobody_asked_is_read(
    connected: Rig, tmp_path: Path
) -> None:
    tokens = b'{"access_token":"canary-new","token_type":"bearer"}'
    headers = [(b"content-encoding", b"gzip")]
    connected.notion.wire.instead["/token"] = answer(200, gzip.compress(tokens), headers)
    connected.notion.wire.instead["/mcp"] = answer(200, b"{}")
    connected.let_token_expire()

    assert (await connected.caller.call("team")).status == 200
