"""None of the ways round a policy that we know of leads round it, in three generations."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.rules import guard as guard_module
from notion_gateway.policy.rules.deciding import Decision
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.guard import Guard, Judged
from notion_gateway.policy.rules.messages import Message
from notion_gateway.proxy import from_memory
from notion_gateway.proxy.policed import Policed
from notion_gateway.proxy.relay import Relay
from tests.policy.rigs import policies_of, set_policy
from tests.policy.ways_round import (
    ASKED_ABOUT,
    BLOCKED,
    CALLS,
    GENERATIONS,
    HARMLESS,
    HIDDEN,
    LISTS,
    MODERN,
    POLICY,
    Attempt,
    listing,
    message,
    named,
    raw,
    tool_call,
)
from tests.support.raw import Connection, connection
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

WITH_POLICY, WITHOUT = "team", "open"
ALLOWED = Decision(Effect.ALLOW, "test")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    head: bytes
    body: bytes

    def shows(self, *tools: str) -> bool:
        """Whether one of them stands in it, in any form that a reader would unpack."""
        forms = [self.body]
        if self.body.startswith(b"\x1f\x8b"):
            forms.append(gzip.decompress(self.body))
        return any(one.encode() in form for form in forms for one in tools)


async def send(
    rig: Rig, space: str, attempt: Attempt, generation: str, *, session: str | None = None
) -> Reply:
    """By a connection of its own, as raw bytes. It stays open, as clients keep theirs: calls that
    memory can answer go another way there than on one that is to be closed.
    """
    async with connection(rig.gateway.port) as there:
        await there.send(written(space, attempt, generation, session))
        head = await there.reader.readuntil(b"\r\n\r\n")
        if attempt.stays_open and b"text/event-stream" in head.lower():
            body = await _first_event(there)
        else:
            body = await _body(there, head.lower())
    return Reply(int(head.split(b" ")[1]), head, body)


async def _body(there: Connection, head: bytes) -> bytes:
    """As far as it comes: what is kept back is cut off."""
    if b"transfer-encoding: chunked" in head:
        found = b""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while size := int(await there.reader.readuntil(b"\r\n"), 16):
                found += (await there.reader.readexactly(size + 2))[:-2]
        return found
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length: "):
            return await there.reader.readexactly(int(line.partition(b": ")[2]))
    return b""


async def _first_event(there: Connection) -> bytes:
    """Of a stream whose end would be waited for in vain: it is the caller's to make."""
    found = b""
    while b"\n\n" not in found and b"\n\r\n" not in found:
        part = await there.reader.read(65536)
        if not part:
            break
        found += part
    return found


async def beginning(
    rig: Rig, space: str, attempt: Attempt, generation: str, session: str | None
) -> bytes:
    """How an answer begins that stays open: its head, and its first event."""
    async with connection(rig.gateway.port) as there:
        await there.send(written(space, attempt, generation, session))
        return await there.reader.readuntil(b"\n\n")


def written(space: str, attempt: Attempt, generation: str, session: str | None) -> bytes:
    headers: dict[str, str | list[str] | None] = {
        "Host": "127.0.0.1",
        "X-User-ID": "ada",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": generation,
        **({} if session is None else {"Mcp-Session-Id": session}),
        **attempt.headers,
    }
    body, framing = attempt.body, f"Content-Length: {len(attempt.body)}"
    if attempt.is_chunked:
        framing = "Transfer-Encoding: chunked"
        pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
    lines = [f"{attempt.method} /mcp/notion/{space}{attempt.path} {attempt.version}"]
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name}: {one}" for one in values if one is not None]
    return "\r\n".join([*lines, framing, "", ""]).encode() + body


def reached(rig: Rig) -> int:
    """How many requests Notion's MCP server was sent."""
    opened: int = rig.notion.simulator.counters.snapshot()["mcp"]["opened"]
    return opened


async def begin(rig: Rig, space: str, generation: str, *, shows_forms: bool = False) -> str | None:
    """A session, where the generation has them."""
    if generation == MODERN:
        return None
    hello = message(
        generation,
        "initialize",
        protocolVersion=generation,
        capabilities={"elicitation": {}} if shows_forms else {},
        clientInfo={"name": "test", "version": "1"},
    )
    reply = await send(rig, space, Attempt(raw(hello)), generation)
    assert reply.status == 200, reply
    found = [one for one in reply.head.split(b"\r\n") if one.startswith(b"mcp-session-id: ")]
    session = found[0].partition(b": ")[2].decode()
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await send(rig, space, Attempt(raw(ready)), generation, session=session)).status == 202
    return session


@pytest.fixture
async def notion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """The whole simulated Notion; one space has a policy, the other has none."""
    settings = {"resumable_streams": True, "list_ttl_ms": 60_000, "list_cache_scope": "public"}
    async with a_rig(tmp_path, monkeypatch, notion=settings) as rig:
        for space in (WITH_POLICY, WITHOUT):
            assert (await rig.caller.connect(space)).result["status"] == "success"
        await set_policy(rig, space=WITH_POLICY, **POLICY)
        yield rig


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one attempt in both spaces."""

    way: str
    passed: bool
    would_pass: bool
    reply: Reply


async def tried(rig: Rig, generation: str, *, shows_forms: bool = False) -> list[Outcome]:
    outcomes: list[Outcome] = []
    sessions = {
        one: await begin(rig, one, generation, shows_forms=shows_forms)
        for one in (WITH_POLICY, WITHOUT)
    }
    for name, way in CALLS.items():
        if shows_forms and name in ASKED_ABOUT:
            continue
        seen: dict[str, tuple[bool, Reply]] = {}
        for space, session in sessions.items():
            before = reached(rig)
            reply = await send(rig, space, way(generation), generation, session=session)
            seen[space] = (reached(rig) > before, reply)
        (passed, reply), (would_pass, _) = seen[WITH_POLICY], seen[WITHOUT]
        outcomes.append(Outcome(name, passed, would_pass, reply))
    return outcomes


def test_there_are_enough_of_them() -> None:
    assert len(CALLS) + len(LISTS) + len(ODD_ANSWERS) >= 60


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.usefixtures("both_ways")  # before the gateway of ``notion``
async def test_no_call_gets_round_a_policy(notion: Rig, generation: str) -> None:
    outcomes = await tried(notion, generation)

    assert [one.way for one in outcomes if one.passed] == []
    assert [one.way for one in outcomes if not one.would_pass] == [], "they are no attempts"
    assert {one.reply.status for one in outcomes} <= {200, 403, 422}
    for one in outcomes:
        if one.reply.status == 200:
            said: Any = json.loads(one.reply.body)
            answers = cast("list[dict[str, Any]]", said if isinstance(said, list) else [said])
            for answer in answers:
                assert answer.get("result", {"isError": True})["isError"] is True, one
        else:
            assert json.loads(one.reply.body)["error"]["data"]["reason"], one
    calls = notion.notion.simulator.counters.tool_calls
    assert not [tool for tool in HIDDEN if calls[tool] > len(outcomes)]


async def test_a_client_that_shows_forms_gets_no_further(notion: Rig) -> None:
    """It is asked where somebody has to be, and that is all."""
    outcomes = await tried(notion, "2025-11-25", shows_forms=True)

    assert [one.way for one in outcomes if one.passed] == []
    assert len(outcomes) == len(CALLS) - len(ASKED_ABOUT)
    session = await begin(notion, WITH_POLICY, "2025-11-25", shows_forms=True)
    before = reached(notion)
    for name in ASKED_ABOUT:
        attempt = CALLS[name]("2025-11-25")
        said = await beginning(notion, WITH_POLICY, attempt, "2025-11-25", session)
        assert b'"method": "elicitation/create"' in said, name
    assert reached(notion) == before


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_what_is_allowed_passes_and_keeps_its_bytes(
    relays: list[Relay], notion: Rig, generation: str
) -> None:
    """The policy stops what it names, and nothing else; what memory answers it need not slow."""
    session = await begin(notion, WITH_POLICY, generation)
    served = len(relays)
    call = raw(tool_call(generation, HARMLESS, id="self"))
    attempt = Attempt(call, named(generation, "tools/call", HARMLESS))
    reply = await send(notion, WITH_POLICY, attempt, generation, session=session)

    assert reply.status == 200
    assert b'"isError":false' in reply.body.replace(b" ", b"")
    assert len(relays) == served + 1
    assert relays[-1].rule.startswith("preset")


async def test_with_the_decision_inverted_what_is_blocked_passes(
    notion: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the corpus notices when blocked is taken for allowed, in calls and in lists."""
    decide, decide_tool = guard_module.decide, guard_module.decide_tool

    def inverted(decided: Callable[..., Decision]) -> Callable[..., Decision]:
        def turned(*given: object, **named: object) -> Decision:
            decision = decided(*given, **named)
            other = Effect.BLOCK if decision.effect is Effect.ALLOW else Effect.ALLOW
            return replace(decision, effect=other)

        return turned

    monkeypatch.setattr(guard_module, "decide", inverted(decide))
    monkeypatch.setattr(guard_module, "decide_tool", inverted(decide_tool))
    outcomes = await tried(notion, MODERN)
    passed = {one.way for one in outcomes if one.passed}
    assert {"the plain call", "allowed to delete, as a text", "a resource", "in chunks"} <= passed
    assert len(passed) > 20

    list_of = await send(notion, WITH_POLICY, LISTS["plainly"](MODERN), MODERN)
    assert list_of.shows(BLOCKED)
    assert not list_of.shows(f'"{HARMLESS}"')


async def test_with_every_call_taken_for_allowed_memory_lets_them_pass(
    both_ways: str, notion: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the guard in callbacks: it alone keeps back there what the policy stops."""
    allowed = Judged(Message("tools/call", 1, {"name": HARMLESS}), HARMLESS, ALLOWED)

    def taken(*_: object) -> Judged:
        return allowed

    monkeypatch.setattr(from_memory, "plainly_allowed", taken)
    outcomes = await tried(notion, MODERN)

    passed = {one.way for one in outcomes if one.passed}
    assert ("the plain call" in passed) is (both_ways == "in callbacks")


async def test_with_bodies_unread_what_is_unclear_passes(
    notion: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the other guard: without it, every single attempt reaches Notion."""

    async def passed(self: Policed, _: RawHeaders, body: bytes) -> None:
        self.body = body

    monkeypatch.setattr(Policed, "stopped", passed)
    outcomes = await tried(notion, MODERN)

    assert [one.way for one in outcomes if not one.passed] == []


# --- lists ------------------------------------------------------------------------------------


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


# --- answers that a filter could miss ---------------------------------------------------------

_LIST = raw(
    {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": HARMLESS}, {"name": BLOCKED}]}}
)
_JSON, _SSE = "application/json", "text/event-stream"
_EVENT = b"event: message\ndata: " + _LIST + b"\n\n"
ODD_ANSWERS: dict[str, tuple[str | None, bytes, dict[str, str], int]] = {
    "said to be text": ("text/plain", _LIST, {}, 200),
    "said to be nothing": (None, _LIST, {}, 200),
    "said to be a page": ("text/html", _LIST, {}, 200),
    "in capitals": ("Application/JSON; charset=utf-8", _LIST, {}, 200),
    "a stream said to be JSON": (_JSON, _EVENT, {}, 200),
    "JSON said to be a stream": (_SSE, _LIST, {}, 200),
    "a stream said in capitals": ("TEXT/Event-Stream; charset=utf-8", _EVENT, {}, 200),
    "after a byte-order mark": (_JSON, b"\xef\xbb\xbf" + _LIST, {}, 200),
    "a stream after a byte-order mark": (_SSE, b"\xef\xbb\xbf" + _EVENT, {}, 200),
    "in UTF-16": (_JSON, _LIST.decode().encode("utf-16"), {}, 200),
    "compressed all the same": (_JSON, gzip.compress(_LIST), {"content-encoding": "gzip"}, 200),
    "compressed, unsaid": (_JSON, gzip.compress(_LIST), {}, 200),
    "a piece of it": (_JSON, _LIST[20:], {"content-range": "bytes 20-99/100"}, 206),
    "with a fault's status": (_JSON, _LIST, {}, 500),
    "as a fault in words": ("text/plain", b"no: " + _LIST, {}, 404),
    "accepted": (_JSON, _LIST, {}, 202),
    "in a batch": (_JSON, b"[" + _LIST + b"]", {}, 200),
    "with the result twice": (_JSON, b'{"result":{"tools":[]},' + _LIST[1:], {}, 200),
    "with something behind": (_JSON, _LIST + b"{}", {}, 200),
    "as another id's": (_JSON, _LIST.replace(b'"id": 1', b'"id": "another"'), {}, 200),
    "on two lines": (_SSE, b"data: " + _LIST.replace(b" ", b"\ndata: ", 1) + b"\n\n", {}, 200),
    "ended by carriage returns": (_SSE, _EVENT.replace(b"\n", b"\r"), {}, 200),
    "without its end": (_SSE, _EVENT.rstrip(), {}, 200),
    "behind news": (_SSE, b": x\n\nid: 1\ndata:\n\ndata: {}\n\n" + _EVENT, {}, 200),
    "in a field in capitals": (_SSE, b"DATA: " + _LIST + b"\n\n", {}, 200),
    "as a comment": (_SSE, b"data: {}\n\n" + b"x" + _EVENT, {}, 200),
}


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
    clean = _LIST.replace(BLOCKED.encode(), b"notion-search").replace(b" ", b"\n ")
    for kind, body in (
        (_JSON, clean),
        (_SSE, b": x\r\n\r\nid: 1\r\ndata:\r\n\r\ndata: {}\r\n\r\n"),
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
    upstream.headers, upstream.length = [(b"content-type", _SSE.encode())], False
    upstream.chunks = (b"data: {}\n\n", b"data: nonsense\n\n", _EVENT)
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
    upstream.chunks = (_LIST,)
    reply = await send(connected, "team", Attempt(listing("2025-11-25")), "2025-11-25")

    assert json.loads(reply.body)["result"]["tools"] == []
