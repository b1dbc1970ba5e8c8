"""No list shows what a policy blocks, whatever form the answer has, in three generations."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from notion_gateway.policy.rules.guard import Guard
from tests.policy.odd_answers import EVENT, JSON, LIST, ODD_ANSWERS, SSE
from tests.policy.rigs import policies_of, set_policy
from tests.policy.sending import WITH_POLICY, WITHOUT, begin, send
from tests.policy.ways_round import (
    BLOCKED,
    GENERATIONS,
    HARMLESS,
    HIDDEN,
    LISTS,
    POLICY,
    Attempt,
    listing,
)
from tests.support.raw import Connection, connection
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("response_mode", ["sse", "json"])
@pytest.mark.parametrize("generation", GENERATIONS)
async def test_no_list_shows_what_is_blocked(
    notion: Rig, generation: str, response_mode: Any
) -> None:
    notion.notion.change(response_mode=response_mode)
    sessions = {one: await begin(notion, one, generation) for one in (WITHOUT, WITH_POLICY)}
    for name, way in LISTS.items():
        whole = await send(notion, WITHOUT, way(generation), generation, session=sessions[WITHOUT])
        left = await send(
            notion, WITH_POLICY, way(generation), generation, session=sessions[WITH_POLICY]
        )

        assert whole.status == 200, name
        assert not left.shows(*HIDDEN), name
        assert whole.shows(*HIDDEN), name
        assert left.status == 200, name
        assert left.shows(f'"{HARMLESS}"'), name


@pytest.mark.parametrize("generation", GENERATIONS[:2])
async def test_a_stream_that_is_taken_up_again_shows_no_list(notion: Rig, generation: str) -> None:
    """The list was asked for, and its answer is got with GET and Last-Event-ID."""
    shown: dict[str, bool] = {}
    for space in (WITH_POLICY, WITHOUT):
        session = await begin(notion, space, generation)
        asked = await send(notion, space, Attempt(listing(generation)), generation, session=session)
        first = next(one for one in asked.body.split(b"\n") if one.startswith(b"id:"))
        at = int(first.partition(b":")[2].split(b"_")[-1].strip() or 1)
        replies: list[bytes] = []
        async with asyncio.timeout(PATIENCE_SECONDS), AsyncExitStack() as stack:
            streams = [
                await stack.enter_async_context(
                    taken_up(notion, space, str(last), generation, session)
                )
                for last in (at - 1, at)
            ]
            # One of them is where the answer comes, and the other one says nothing.
            for first in asyncio.as_completed([told(one) for one in streams]):
                replies.append(await first)
                if b"tools" in replies[-1]:
                    break
        shown[space] = any(BLOCKED.encode() in one for one in replies)

    assert shown == {WITH_POLICY: False, WITHOUT: True}


@asynccontextmanager
async def taken_up(
    rig: Rig, space: str, last: str, generation: str, session: str | None
) -> AsyncGenerator[Connection]:
    """A stream after the event of that id."""
    lines = [
        f"GET /mcp/notion/{space} HTTP/1.1",
        "Host: 127.0.0.1",
        "X-User-ID: ada",
        f"MCP-Protocol-Version: {generation}",
        f"Mcp-Session-Id: {session}",
        f"Last-Event-ID: {last}",
        "Accept: text/event-stream",
    ]
    async with connection(rig.gateway.port) as there:
        await there.send("\r\n".join([*lines, "", ""]).encode())
        yield there


async def told(stream: Connection) -> bytes:
    """What it says up to a whole list, or to its end."""
    said = b""
    while b"tools" not in said or not said.endswith(b"\n\r\n"):
        part = await stream.reader.read(65536)
        if not part:
            break
        said += part
    return said


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_no_form_of_an_answer_shows_what_is_blocked(
    connected: Rig, upstream: RecordingMcp, method: str
) -> None:
    for name, (kind, body, more, status) in ODD_ANSWERS.items():
        headers = {} if kind is None else {"content-type": kind}
        upstream.status = status
        upstream.headers = [
            (key.encode(), value.encode()) for key, value in (headers | more).items()
        ]
        upstream.chunks = (body,)
        attempt = Attempt(listing("2025-11-25") if method == "POST" else b"", method=method)
        await connected.caller.send(
            "DELETE", "/spaces/team/policy", params=await version(connected)
        )
        before = await send(connected, "team", attempt, "2025-11-25")
        assert before.status == status, name
        assert before.body == body, name

        await set_policy(connected, **POLICY)
        left = await send(connected, "team", attempt, "2025-11-25")
        assert not left.shows(BLOCKED, BLOCKED[3:]), name
        assert not left.shows("delete".encode("utf-16-le").decode("latin-1")), name
        assert b"d\x00e\x00l\x00" not in left.body, name
        if left.status != status:
            assert (left.status, json.loads(left.body)["error"]["data"]["reason"]) == (
                502,
                "upstream_unsuitable",
            ), name
    assert not policies_of(connected).is_open("team")


async def version(rig: Rig) -> dict[str, str]:
    found = (await rig.caller.get("/spaces/team/policy")).json["version"]
    return {"expected_version": str(found)}


async def test_an_answer_with_nothing_to_take_out_keeps_every_byte(
    connected: Rig, upstream: RecordingMcp
) -> None:
    await set_policy(connected, **POLICY)
    clean = LIST.replace(BLOCKED.encode(), b"notion-search").replace(b" ", b"\n ")
    for kind, body in (
        (JSON, clean),
        (SSE, b": x\r\n\r\nid: 1\r\ndata:\r\n\r\ndata: {}\r\n\r\n"),
    ):
        upstream.headers = [(b"content-type", kind.encode()), (b"etag", b'"1"')]
        upstream.chunks = (body[:9], body[9:])
        reply = await send(connected, "team", Attempt(listing("2025-11-25")), "2025-11-25")
        assert reply.body == body
        assert reply.status == 200


async def test_a_stream_that_becomes_unreadable_is_cut_and_not_ended(
    connected: Rig, upstream: RecordingMcp
) -> None:
    await set_policy(connected, **POLICY)
    upstream.headers, upstream.length = [(b"content-type", SSE.encode())], False
    upstream.chunks = (b"data: {}\n\n", b"data: nonsense\n\n", EVENT)
    lines = ["GET /mcp/notion/team HTTP/1.1", "Host: 127.0.0.1", "X-User-ID: ada", "", ""]
    async with connection(connected.gateway.port) as there:
        await there.send("\r\n".join(lines).encode())
        said = await there.rest()

    assert b"data: {}" in said
    assert not said.endswith(b"0\r\n\r\n")
    assert BLOCKED.encode() not in said


async def test_the_guard_that_shows_nothing_shows_nothing(
    connected: Rig, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lists' filter goes by the same decision as the calls'."""
    await set_policy(connected, "everything")

    def nothing(*_: object) -> bool:
        return False

    monkeypatch.setattr(Guard, "shows", nothing)
    upstream.chunks = (LIST,)
    reply = await send(connected, "team", Attempt(listing("2025-11-25")), "2025-11-25")

    assert json.loads(reply.body)["result"]["tools"] == []
