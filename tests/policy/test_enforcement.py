"""A policy in the way of calls: at once, for lists in memory, open streams and approvals."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.policy.policies import Policies
from notion_gateway.policy.store import PolicyStore
from notion_gateway.proxy.relay import Relay
from tests.policy.documents import PAGE
from tests.policy.rigs import policies_of, set_policy
from tests.policy.ways_round import BLOCKED, HARMLESS, MODERN, listing, named, raw, tool_call
from tests.proxy.test_lists_from_memory import asked, before_notion, lists_of
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.raw import connection
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

PLAIN = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
OLD = "2025-11-25"


async def call(rig: Rig, tool: str = BLOCKED) -> Answer:
    return await rig.caller.call("team", raw(tool_call(OLD, tool)), headers=PLAIN)


def is_stopped(answer: Answer) -> bool:
    return b"blocked_by_policy" in answer.body


async def remove_policy(rig: Rig) -> None:
    version = (await rig.caller.get("/spaces/team/policy")).json["version"]
    query = {"expected_version": str(version)}
    assert (await rig.caller.send("DELETE", "/spaces/team/policy", params=query)).status == 200


async def test_what_was_served_from_memory_is_judged_once_there_is_a_policy(
    relays: list[Relay], connected: Rig, upstream: RecordingMcp
) -> None:
    for _ in range(3):
        assert not is_stopped(await call(connected))
    served, reached = len(relays), len(upstream.seen)
    assert (served, reached) == (3, 3)

    await set_policy(connected, "no_deleting")
    assert is_stopped(await call(connected))
    assert len(relays) == served, "a call passed by memory"
    assert not is_stopped(await call(connected, HARMLESS))
    assert len(relays) == served + 1, "what is allowed is served from memory"
    assert len(upstream.seen) == reached + 1
    assert upstream.last.body == raw(tool_call(OLD, HARMLESS))
    assert is_stopped(await call(connected))

    await remove_policy(connected)
    assert not is_stopped(await call(connected))
    assert len(relays) == served + 2


async def test_without_the_look_at_policies_memory_would_let_it_pass(
    relays: list[Relay],
    connected: Rig,
    upstream: RecordingMcp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    await set_policy(connected, "no_deleting")

    def open_to_all(*_: object) -> bool:
        return True

    monkeypatch.setattr(Policies, "is_open", open_to_all)

    assert not is_stopped(await call(connected))
    assert len(upstream.seen) == 1


async def test_a_policy_that_cannot_be_read_lets_nothing_pass(
    connected: Rig, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_policy(connected, "everything")

    async def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(PolicyStore, "load", away)
    policies_of(connected).forget("team")
    refused = await call(connected, HARMLESS)
    assert (refused.status, refused.reason) == (503, "store_unavailable")
    assert upstream.seen == []


async def test_a_list_in_memory_is_shown_as_the_policy_of_the_moment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before_notion(tmp_path, monkeypatch) as rig:

        async def shown() -> bool:
            headers = {**PLAIN, "MCP-Protocol-Version": MODERN, **named(MODERN, "tools/list")}
            given = {name: str(value) for name, value in headers.items() if value is not None}
            given["Accept-Encoding"] = "identity"
            answer = await rig.caller.call("team", listing(MODERN), headers=given)
            assert HARMLESS.encode() in answer.body
            return BLOCKED.encode() in answer.body

        assert await shown()
        await set_policy(rig, "no_deleting")
        assert not await shown()
        assert not await shown()
        await set_policy(rig, "everything")
        assert await shown()
        await set_policy(rig, "read_only")
        assert not await shown()
        await remove_policy(rig)
        assert await shown()
        assert asked(rig) == 1
        assert len(lists_of(rig)) == 1


async def test_a_listening_stream_ends_with_the_policy_that_it_began_with(
    both_ways: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is opened anew, and judged by the new one."""
    stream = WatchedMcp(forever(b"data: {}\n\n"))
    lines = ["GET /mcp/notion/team HTTP/1.1", "Host: 127.0.0.1", "X-User-ID: ada", "", ""]
    async with a_rig(tmp_path, monkeypatch, mcp=stream) as rig:
        await rig.caller.connect("team")
        for preset in ("everything", "read_only"):
            async with connection(rig.gateway.port) as listening:
                await listening.send("\r\n".join(lines).encode())
                assert (await listening.head())[0] == 200
                await set_policy(rig, preset)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await listening.rest()


# --- asking -----------------------------------------------------------------------------------

COMMENT = raw(tool_call(OLD, "notion-create-comment", page_id=PAGE, markdown="x"))
OTHER_COMMENT = raw(tool_call(OLD, "notion-create-comment", page_id=PAGE, markdown="y"))


async def commented(who: Person, space: str, body: bytes, approved: bytes | None) -> Answer:
    headers = dict(PLAIN)
    if approved is not None:
        headers["X-User-Approved-Call"] = hashlib.sha256(approved).hexdigest()
    return await who.send("POST", f"/mcp/notion/{space}", data=body, headers=headers)


async def test_what_a_person_has_to_approve_passes_once_an_application_says_that_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    upstream = RecordingMcp()
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        await ada.send(
            "PUT",
            f"/spaces/{space}/policy",
            params={"expected_version": "0"},
            data=json.dumps({"version": 1, "preset": "custom"}),
        )
        script = Person(rig.caller, "ada", signer, rig.clock.now, await ada.token(space))

        for who, approved in (
            (ada, None),
            (ada, OTHER_COMMENT),
            (script, None),
            (script, COMMENT),
        ):
            asks = (await commented(who, space, COMMENT, approved)).json["result"]
            assert asks["isError"] is True
            assert "approval_required" in asks["content"][0]["text"]
        assert upstream.seen == []

        await commented(ada, space, COMMENT, COMMENT)
        assert [one.body for one in upstream.seen] == [COMMENT]
        assert not any(b"approved" in name for name in upstream.last.names)


async def test_a_token_is_held_to_what_the_policy_says_of_it_besides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    upstream = RecordingMcp()
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        scripts = [
            Person(rig.caller, "ada", signer, rig.clock.now, await ada.token(space))
            for _ in range(2)
        ]
        listed = (await ada.get(f"/spaces/{space}/tokens")).json["tokens"]
        narrower = {"token": listed[0]["token_id"], "preset": "read_only"}
        document = {"version": 1, "preset": "everything", "callers": [narrower]}
        await ada.send(
            "PUT",
            f"/spaces/{space}/policy",
            params={"expected_version": "0"},
            data=json.dumps(document),
        )

        stopped = [
            b"blocked_by_policy" in (await commented(one, space, COMMENT, None)).body
            for one in (ada, *scripts)
        ]
        assert stopped == [False, True, False]
        assert len(upstream.seen) == 2
