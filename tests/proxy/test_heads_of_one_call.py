"""Headers that differ from call to call: the calls are known all the same, and fill no memory."""

import json
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.policy.rules.call_headers import CallHeaders
from notion_gateway.proxy import from_memory, known_heads
from notion_gateway.proxy.from_memory import FromMemory
from notion_gateway.proxy.relay import Relay
from notion_gateway.proxy.rules import headers as rules
from tests.policy.rigs import set_policy
from tests.proxy.callbacks import state
from tests.proxy.test_lists_from_memory import asked, before_notion, listed
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
SEARCH = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "notion-search", "arguments": {"query": "plans", "of": "me"}},
    }
).encode()


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Paths of requests that were not known by their heads."""
    found: list[bytes] = []
    look_up: Any = getattr(FromMemory, "_look_up")  # noqa: B009 - from outside

    def noted(self: FromMemory, request: Any) -> Any:
        found.append(request.path)
        return look_up(self, request)

    monkeypatch.setattr(FromMemory, "_look_up", noted)
    return found


def nothing_is(_: bytes) -> bool:
    return False


def as_it_is(read: CallHeaders, _: object) -> CallHeaders:
    return read


def heads_of(rig: Rig) -> Any:
    return state(rig)["direct_server"]._heads


def of_call(number: int) -> dict[str, str]:
    return {
        "baggage": f"call={number}",
        "Sentry-Trace": f"{number:032x}",
        "X-B3-TraceId": f"{number:016x}",
        "x-datadog-trace-id": str(number),
        "CF-Ray": str(number),
        "Mcp-Param-Id": str(number),
        "Last-Event-ID": str(number),
    }


async def test_what_tracers_and_clouds_set_anew_for_each_call_makes_nobody_be_looked_up_again(
    relays: list[Relay], looked_up: list[bytes], connected: Rig, upstream: RecordingMcp
) -> None:
    for number in range(6):
        assert (await connected.caller.call("team", headers=of_call(number))).status == 200

    assert len(relays) == 6
    assert len(looked_up) == 2
    assert len(heads_of(connected)._known) == 1
    for number, seen in enumerate(upstream.seen):
        sent = {name.lower().encode(): [value.encode()] for name, value in of_call(number).items()}
        assert {name: seen.values(name) for name in sent} == {**sent, b"cf-ray": []}


async def test_without_their_names_each_is_looked_up(
    relays: list[Relay],
    looked_up: list[bytes],
    connected: Rig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    monkeypatch.setattr(from_memory, "is_of_one_call", nothing_is)
    for number in range(6):
        assert (await connected.caller.call("team", headers=of_call(number))).status == 200

    assert len(looked_up) == len(relays) == 6


async def test_a_head_that_comes_once_leaves_its_hash_alone_and_takes_nobodys_room(
    relays: list[Relay],
    looked_up: list[bytes],
    connected: Rig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known_heads, "_MAX_HEADS", 2)
    monkeypatch.setattr(known_heads, "_MAX_SEEN", 3)
    for _ in range(2):
        assert (await connected.caller.call("team")).status == 200
    heads = heads_of(connected)
    (mine,) = heads._known
    for number in range(20):
        answer = await connected.caller.call("team", headers={"X-Number": f"{number}"})
        assert answer.status == 200
        assert len(heads._seen) <= 3
        assert len(heads._seen_before) <= 3

    assert list(heads._known) == [mine]
    looked_up.clear()
    assert (await connected.caller.call("team")).status == 200
    assert looked_up == []
    heads._forget()
    heads._forget()
    heads._forget()
    assert not heads._seen
    assert not heads._seen_before
    assert heads._forgetting is None
    assert len(relays) == 23


async def called(rig: Rig, name: str, value: str) -> str:
    """The reason for which the call was refused; empty where it was not."""
    answer = await rig.caller.call("team", SEARCH, headers={**JSON, name: value})
    return "" if answer.status == 200 else answer.reason


async def under_a_policy(rig: Rig) -> None:
    """And known by its head, but for what differs from call to call."""
    await set_policy(rig, "no_deleting")
    await until(lambda: not heads_of(rig)._known)
    for said in ("plans", "me", "plans"):
        assert await called(rig, "Mcp-Param-A", said) == ""
    assert heads_of(rig)._known


async def test_each_calls_own_headers_are_judged_by_a_policy(
    relays: list[Relay], connected: Rig, upstream: RecordingMcp
) -> None:
    await under_a_policy(connected)
    known, before = len(relays), len(upstream.seen)
    for said in ("something else", "=?base64?%?="):
        assert await called(connected, "Mcp-Param-A", said) == "call_unclear"
    assert len(upstream.seen) == before
    # What resumes a stream is for a coroutine, which reads its answer.
    await called(connected, "Last-Event-ID", "1")
    assert len(relays) == known


async def test_without_the_look_at_them_what_they_repeat_would_not_be_judged(
    relays: list[Relay],
    connected: Rig,
    upstream: RecordingMcp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    await under_a_policy(connected)
    monkeypatch.setattr(from_memory, "with_arguments", as_it_is)
    known = len(relays)
    assert await called(connected, "Mcp-Param-A", "something else") == ""
    assert upstream.last.values(b"mcp-param-a") == [b"something else"]
    assert len(relays) == known + 1


async def test_a_list_is_found_again_whatever_numbers_its_questions(
    both_ways: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before_notion(tmp_path, monkeypatch) as rig:
        for number in range(4):
            headers = {"baggage": f"call={number}", "x-b3-spanid": str(number)}
            assert (await listed(rig, number, headers=headers)).status == 200
        assert asked(rig) == 1
        # What else differs may be what an answer depends on.
        for number in range(2):
            assert (await listed(rig, number, headers={"Mcp-Param-Id": str(number)})).status == 200
        assert asked(rig) == 3
        assert both_ways


def test_what_differs_from_call_to_call_is_told_by_its_name() -> None:
    for name in (b"baggage", b"b3", b"x-b3-sampled", b"x-datadog-parent-id", b"traceparent"):
        assert rules.is_of_tracing(name)
        assert rules.is_of_one_call(name)
    for name in (b"mcp-param-a", b"last-event-id"):
        assert not rules.is_of_tracing(name)
        assert rules.is_of_one_call(name)
    for name in (b"mcp-method", b"mcp-session-id", b"accept", b"authorization", b"x-space-id"):
        assert not rules.is_of_one_call(name)
