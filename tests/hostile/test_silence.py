"""An upstream that says nothing, or nothing that counts, is waited for only so long."""

import asyncio
import io
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.hostile.raw_upstream import OK, Accepted, RawUpstream, in_place_of
from tests.proxy.upstream_rigs import SOON
from tests.support.figures import Figure
from tests.support.gateway import Answer
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:36")]

LIMIT = 0.4
LARGE = b"x" * 4_000_000


@pytest.fixture
async def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    async with a_rig(tmp_path, monkeypatch, notion_mcp_call_timeout_seconds=LIMIT) as rig:
        await rig.caller.connect("team")
        yield rig


@pytest.fixture
async def silent(impatient: Rig) -> AsyncGenerator[RawUpstream]:
    async with in_place_of(impatient.notion) as raw:
        yield raw


async def nothing_read(peer: Accepted) -> None:
    await asyncio.sleep(1.5 * LIMIT)
    await peer.left()


async def nothing_said(peer: Accepted) -> None:
    await peer.request()
    await peer.left()


async def never_more_than(peer: Accepted, data: bytes) -> None:
    await peer.request()
    while True:
        peer.write(data)
        await peer.writer.drain()
        await asyncio.sleep(0.02)


async def one_byte_of_a_head_at_a_time(peer: Accepted) -> None:
    await peer.request()
    peer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await never_more_than(peer, b"x")


SILENCES: dict[str, Callable[[Accepted], Awaitable[None]]] = {
    "it reads nothing": nothing_read,
    "it says nothing": nothing_said,
    "a head in single bytes": one_byte_of_a_head_at_a_time,
    "it will go on": lambda peer: never_more_than(peer, b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hints": lambda peer: never_more_than(peer, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    "empty lines": lambda peer: never_more_than(peer, b"\r\n"),
}


@pytest.mark.parametrize("body", [b"{}", LARGE])
async def test_whatever_it_does_instead_of_answering_is_504_at_the_limit(
    impatient: Rig, silent: RawUpstream, body: bytes, figure: Figure
) -> None:
    for name, serve in SILENCES.items():
        silent.serve = serve
        began = time.monotonic()
        told = await impatient.caller.call("team", io.BytesIO(body))
        took = time.monotonic() - began

        assert (told.status, told.reason) == (504, "upstream_timeout"), name
        assert LIMIT <= took < PATIENCE_SECONDS, name
        figure("{} silences, at a limit of {:.1f} s: 504 after {:.1f} s at most", 1, LIMIT, took)
        assert len(silent.accepted) <= 1, name  # nobody tries a second time
        # The gateway has let go of it, and does not keep it.
        await until(silent.accepted.pop().ended.is_set, SOON)


async def test_callers_of_a_silent_upstream_keep_nobody_else_waiting(connected: Rig) -> None:
    goes_on = asyncio.Event()

    async def late(peer: Accepted) -> None:
        await peer.request()
        await goes_on.wait()
        peer.write(OK)

    async with in_place_of(connected.notion) as raw:
        raw.serve = late
        waiting = [asyncio.create_task(connected.caller.call("team")) for _ in range(30)]
        await until(lambda: len(raw.received) == 30)
        assert (await connected.caller.status("team"))["status"] == "connected"
        assert not any(one.done() for one in waiting)

        goes_on.set()
        assert {one.status for one in await asyncio.gather(*waiting)} == {200}


async def begun_in_time(rig: Rig) -> Answer:
    """An answer whose head came within the limit: on a busy machine not always the first one's."""
    while (answer := await rig.caller.call("team")).status == 504:
        pass
    return answer


async def test_a_stream_may_be_silent_for_much_longer_than_the_limit(
    impatient: Rig, silent: RawUpstream
) -> None:
    async def stream(peer: Accepted) -> None:
        await peer.request()
        peer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await asyncio.sleep(4 * LIMIT)
        peer.write(b"4\r\nlast\r\n0\r\n\r\n")

    silent.serve = stream
    answer = await begun_in_time(impatient)
    assert answer.body == b"firstlast"


async def test_an_answer_whose_body_is_slow_is_no_timeout(
    impatient: Rig, silent: RawUpstream
) -> None:
    async def slow(peer: Accepted) -> None:
        await peer.request()
        head, end, body = OK.partition(b"\r\n\r\n")
        peer.write(head + end)
        await peer.writer.drain()
        await asyncio.sleep(2 * LIMIT)
        peer.write(body)

    silent.serve = slow
    assert (await begun_in_time(impatient)).body == b"{}"


async def test_without_the_limit_a_caller_would_still_be_waiting(connected: Rig) -> None:
    """The control: the default limit is two minutes."""
    async with in_place_of(connected.notion) as raw:
        raw.serve = nothing_said
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3 * LIMIT):
                await connected.caller.call("team")
