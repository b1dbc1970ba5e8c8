"""A call has its effect at most once: it is never sent again after a byte of it has left."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.proxy.http1 import upstream as http1_upstream
from notion_simulator.faults import Fault
from notion_simulator.workspace.samples import sample_id
from tests.hostile.raw_upstream import OK, Accepted, RawUpstream, answer_all
from tests.proxy.upstream_rigs import SOON
from tests.support.figures import Figure
from tests.support.raw import connection, request
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:31")]

COMMENT: dict[str, Any] = {
    "name": "notion-create-comment",
    "arguments": {"page_id": sample_id("Release Process"), "markdown": "once"},
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    },
}
COMMENT_HEADERS = {
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "notion-create-comment",
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
}
LARGE = b"x" * 3_000_000
HALF = b"HTTP/1.1 200 OK\r\nContent-Le"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# --- bare sockets -------------------------------------------------------------------------

Ending = Callable[[Accepted], None]


def reset(peer: Accepted) -> None:
    peer.reset()


def close(peer: Accepted) -> None:
    peer.writer.close()


def breaking(stage: bytes | str, end: Ending) -> Callable[[Accepted], Awaitable[None]]:
    """Breaks each connection off at a stage: before, in or after the request, or after the
    given bytes of an answer.
    """

    async def serve(peer: Accepted) -> None:
        if stage == "in the head":
            await peer.reader.readexactly(10)
        elif stage == "in the body":
            await peer.head()
            await peer.reader.readexactly(1)
        elif isinstance(stage, bytes):
            await peer.request()
            peer.write(stage)
            await peer.writer.drain()
        end(peer)

    return serve


STAGES = ["at once", "in the head", "in the body", b"", HALF, HEAD, HEAD + b"{", STREAM]


@pytest.mark.parametrize("end", [reset, close])
async def test_a_connection_that_breaks_at_any_stage_is_tried_no_second_time(
    connected: Rig, raw: RawUpstream, end: Ending, figure: Figure
) -> None:
    for stage in STAGES:
        raw.accepted.clear()
        raw.serve = breaking(stage, end)
        for body in (b"{}", LARGE):
            async with (
                connection(connected.gateway.port) as client,
                asyncio.timeout(PATIENCE_SECONDS),
            ):
                await client.send(request(body=body))
                answer = await client.reader.readuntil(b"\r\n\r\n")
                if answer.startswith(b"HTTP/1.1 200"):  # the head had come: cut off, no clean end
                    assert not (await client.rest()).endswith(b"0\r\n\r\n"), stage
                else:
                    assert answer.startswith(b"HTTP/1.1 502"), stage
                    assert b"upstream_unreachable" in await client.reader.readuntil(b"}}}")

        assert len(raw.accepted) == 2, stage
        assert len(raw.received) <= 2, stage
        asked = len((b"{}", LARGE))
        words = "{} calls whose connection broke: {} connections made for them"
        figure(words, asked, len(raw.accepted))


async def kept_then(peer: Accepted, end: Ending) -> None:
    """Keeps the connection after an answer, and breaks it when the next request has come: what
    a server that closes an idle connection does to a request that is on its way already.
    """
    await peer.request()
    peer.write(OK)
    await peer.request()
    end(peer)


@pytest.mark.parametrize("end", [reset, close])
async def test_a_call_on_a_kept_connection_that_closes_just_then_is_502_and_no_second_call(
    connected: Rig, raw: RawUpstream, end: Ending
) -> None:
    raw.serve = lambda peer: kept_then(peer, end)
    assert (await connected.caller.call("team")).status == 200
    lost = await connected.caller.call("team")

    assert (lost.status, lost.reason) == (502, "upstream_unreachable")
    assert [one.line for one in raw.received] == [b"POST /mcp HTTP/1.1"] * 2
    assert len(raw.accepted) == 1


async def test_a_client_that_repeats_posts_on_kept_connections_would_call_twice(
    connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what is idempotent is repeated where a kept connection has ended."""
    monkeypatch.setattr(http1_upstream, "_MAY_BE_SENT_TWICE", frozenset({"POST"}))
    raw.serve = lambda peer: kept_then(peer, close)
    await connected.caller.call("team")
    await connected.caller.call("team")

    assert len(raw.received) == 3


async def test_a_kept_connection_that_notion_closed_meanwhile_costs_no_call(
    connected: Rig, raw: RawUpstream
) -> None:
    async def once(peer: Accepted) -> None:
        await peer.request()
        peer.write(OK)

    raw.serve = once
    for calls in range(1, 21):
        assert (await connected.caller.call("team")).status == 200
        assert len(raw.accepted) == calls
        peer = raw.accepted[-1]
        leaving = asyncio.create_task(peer.left())
        await until(leaving.done, SOON)  # the gateway has closed its own end at once


async def test_an_answer_that_nobody_asked_for_is_nobodys(connected: Rig, raw: RawUpstream) -> None:
    """Left on a kept connection, it would answer the next call, perhaps another tenant's."""

    async def talkative(peer: Accepted) -> None:
        await peer.request()
        peer.write(OK + OK.replace(b"{}", b"[]"))
        await peer.left()

    raw.serve = talkative
    for _ in range(5):
        assert (await connected.caller.call("team")).body == b"{}"
    assert len(raw.received) == 5

    async def late(peer: Accepted) -> None:
        await peer.request()
        peer.write(OK)
        await told.wait()
        peer.write(OK.replace(b"{}", b"[]"))
        await answer_all(peer)

    told = asyncio.Event()
    raw.serve = late
    assert (await connected.caller.call("team")).body == b"{}"
    told.set()
    await asyncio.sleep(0.05)
    assert (await connected.caller.call("team")).body != b"[]"


# --- the simulator's count of effects -----------------------------------------------------


def comments(rig: Rig) -> int:
    return sum(
        len(discussion.comments)
        for workspace in rig.notion.simulator.workspaces.values()
        for discussion in workspace.discussions.values()
    )


@pytest.mark.parametrize(
    ("fault", "calls", "effects"),
    [
        ({"kind": "drop_before"}, 1, 0),
        ({"kind": "drop_after"}, 1, 1),
        ({"kind": "cut", "at_byte": 0}, 1, 1),
        ({"kind": "cut", "at_byte": 20}, 1, 1),
        ({"kind": "garbage"}, 1, 1),
        ({"kind": "status", "status": 500}, 1, 0),
        ({"kind": "status", "status": 503}, 1, 0),
        ({"kind": "status", "status": 429}, 2, 1),  # not carried out: sent again in its turn
        ({"kind": "status", "status": 403}, 1, 0),
        ({"kind": "status", "status": 401}, 2, 1),
    ],
)
async def test_a_comment_is_made_once_at_most_whatever_becomes_of_its_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    calls: int,
    effects: int,
    figure: Figure,
) -> None:
    async with a_rig(tmp_path, monkeypatch) as rig:
        await rig.caller.connect("team")
        before = comments(rig)
        rig.notion.wire.requests.clear()
        rig.notion.simulator.faults.add(
            Fault(target="mcp", tool="notion-create-comment", times=1, **fault)
        )
        async with connection(rig.gateway.port) as client:
            call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": COMMENT}
            headers = (f"{name}: {value}" for name, value in COMMENT_HEADERS.items())
            await client.send(request(*headers, body=json.dumps(call).encode()))
            await client.reader.readuntil(b"\r\n\r\n")
            await until(lambda: not rig.notion.simulator.faults.any_left)
        assert (await rig.caller.status("team"))["status"] == "connected"

    assert rig.notion.wire.requests.count("POST /mcp") == calls
    made = comments(rig) - before
    assert made == effects
    figure("{} faulty answers to a comment: {} made twice", 1, int(made > 1))
