"""What is said in calls is recorded where a space asks for it, and nowhere else."""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.audit.rules.answers import TOO_LONG, UNREADABLE
from notion_gateway.audit.rules.redaction import REDACTED
from notion_gateway.http.recorded_call import LONGEST_BYTES, Room
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.recorded_relay import RecordedRelay
from tests.audit.team import Team, a_team, call
from tests.proxy.callbacks import state
from tests.support.identity import Person, Signer
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import JSON_HEADERS, SSE_HEADERS, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

SECRET = "ntn_b1946ac92492d2347c6235b4d2611184"
ASKED: dict[str, Any] = {"query": "roadmap", "note": f"use {SECRET}"}
FOUND: dict[str, Any] = {"content": [{"type": "text", "text": f"Roadmap, {SECRET}"}]}
BOTH = {"arguments": True, "results": True}


def answer(result: object = FOUND) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


@pytest.fixture
async def team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Team]:
    upstream.chunks = (answer(),)
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, gateway_audit=True) as rig:
        yield await a_team(rig, signer)


async def ask_for(team: Team, wanted: dict[str, bool]) -> dict[str, Any]:
    path = f"/spaces/{team.space}/audit/contents"
    answered = await team.ada.send("PUT", path, json=wanted)
    assert answered.status == 200, answered.body
    found: dict[str, Any] = answered.json
    return found


def said_in(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["arguments"], entry["result"]


def remembered(who: Person) -> Person:
    return Person(who.caller, who.user, who.signer, who.now, who.principal())


async def test_nothing_is_recorded_of_it_unless_the_space_asks(
    team: Team, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[object] = []
    begin = RecordedRelay.begin

    def begun(self: RecordedRelay, head: bytes) -> None:
        served.append(self)
        begin(self, head)

    monkeypatch.setattr(RecordedRelay, "begin", begun)
    bob = remembered(team.bob)
    coding = {"Accept-Encoding": "gzip"}
    for _ in range(3):
        assert await team.call(bob, call("notion-search", **ASKED), **coding) == 200
    assert len(served) == 2, "all but the first go the quick way"
    assert [said_in(one) for one in await team.kept(3)] == [("", "")] * 3
    assert dict(upstream.last.headers)[b"accept-encoding"] == b"gzip"
    assert state(team.rig)["proxy"].held_answers == Room()


@pytest.mark.parametrize("wanted", ["arguments", "results"])
async def test_it_is_recorded_where_the_space_asks_for_it_redacted(team: Team, wanted: str) -> None:
    bob = remembered(team.bob)
    for _ in range(2):
        assert await team.call(bob, call("notion-search", **ASKED)) == 200
    told = await ask_for(team, {"arguments": False, "results": False, wanted: True})
    assert (told[wanted], told["set_by"]) == (True, "ada")
    assert await team.call(bob, call("notion-search", **ASKED)) == 200
    newest, *before = await team.kept(3)
    arguments, result = said_in(newest)
    assert [said_in(one) for one in before] == [("", "")] * 2
    expected = {
        "arguments": json.dumps({**ASKED, "note": f"use {REDACTED}"}, separators=(",", ":")),
        "results": json.dumps(FOUND, separators=(",", ":")).replace(SECRET, REDACTED),
    }
    assert (arguments, result) == (
        expected["arguments"] if wanted == "arguments" else "",
        expected["results"] if wanted == "results" else "",
    )
    assert SECRET not in json.dumps(team.rig.sql("SELECT arguments, result FROM audit_entries"))
    exported = await team.ada.get(f"/spaces/{team.space}/audit/export")
    assert json.loads(exported.body.splitlines()[0])["arguments"] == arguments


async def test_members_are_told_and_owners_alone_set_it(team: Team) -> None:
    path = f"/spaces/{team.space}/audit/contents"
    off = {"arguments": False, "results": False, "set_at": None, "set_by": None}
    assert (await team.bob.get(path)).json == off
    for who in (team.bob, team.eve):
        assert (await who.send("PUT", path, json=BOTH)).status == 403
    for bad in ({}, {"arguments": True}, {"arguments": "perhaps", "results": True}):
        assert (await team.ada.send("PUT", path, json=bad)).status == 422
    told = await ask_for(team, BOTH)
    assert (await team.bob.get(path)).json == told
    listed = await team.bob.get(f"/spaces/{team.space}/audit")
    assert listed.json["contents"] == told
    assert (await team.eve.get(path)).status == 403


async def test_a_result_is_found_in_a_stream_of_events(team: Team, upstream: RecordingMcp) -> None:
    await ask_for(team, BOTH)
    upstream.headers, upstream.length = SSE_HEADERS, False
    progress = b'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n'
    event = b"event: message\ndata: " + answer({"n": 1}) + b"\n\n"
    upstream.chunks = (progress, event[:40], event[40:])
    assert await team.call(team.bob, call("notion-search")) == 200
    assert [one["result"] for one in await team.kept(1)] == ['{"n":1}']


def compressed(upstream: RecordingMcp) -> None:
    """Although it was asked for as it is."""
    upstream.headers = [*JSON_HEADERS, (b"content-encoding", b"gzip")]
    upstream.chunks = (gzip.compress(answer()),)


def too_long(upstream: RecordingMcp) -> None:
    upstream.chunks = (answer("x" * LONGEST_BYTES),)


def no_json(upstream: RecordingMcp) -> None:
    upstream.chunks = (b"<html>",)


@pytest.mark.parametrize(
    ("change", "said"), [(compressed, UNREADABLE), (too_long, TOO_LONG), (no_json, UNREADABLE)]
)
async def test_a_result_that_cannot_be_recorded_says_why(
    team: Team, upstream: RecordingMcp, change: Any, said: str
) -> None:
    await ask_for(team, BOTH)
    change(upstream)
    asked: RawHeaders = [(b"accept-encoding", b"identity")]
    assert await team.call(team.bob, call("notion-search"), **{"Accept-Encoding": "gzip"}) == 200
    assert asked[0] in upstream.last.headers
    assert [one["result"] for one in await team.kept(1)] == [said]
    assert state(team.rig)["proxy"].held_answers == Room()


async def test_a_call_that_is_too_long_or_unreadable_says_so(team: Team) -> None:
    await ask_for(team, BOTH)
    unread = gzip.compress(call("notion-search"))
    assert await team.call(team.bob, unread, **{"Content-Encoding": "gzip"}) == 200
    assert [said_in(one) for one in await team.kept(1)] == [(UNREADABLE, UNREADABLE)]
    assert await team.call(team.bob, call("notion-create-pages", text="x" * LONGEST_BYTES)) == 200
    assert [one["arguments"] for one in await team.kept(2)] == [TOO_LONG, UNREADABLE]


async def test_other_gateways_hear_that_it_is_set(team: Team, signer: Signer) -> None:
    async with second_replica(team.rig, signer, gateway_audit=True) as there:
        bob = remembered(person(team.rig, signer, "bob", there))
        for _ in range(2):  # from now on it remembers that the space asks for nothing
            assert await team.call(bob, call("notion-search", **ASKED)) == 200
        await ask_for(team, BOTH)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                assert await team.call(bob, call("notion-search", **ASKED)) == 200
                kept = team.rig.sql("SELECT arguments FROM audit_entries ORDER BY number")
                if any(one for (one,) in kept):
                    break
                await asyncio.sleep(0.1)


async def test_where_it_cannot_be_read_nothing_is_recorded_of_it(team: Team) -> None:
    """A version after this one has said something that is not understood here."""
    await ask_for(team, BOTH)
    stream = f"space-audit-contents/{team.space}"
    later = json.dumps({"type": "AuditContentsNarrowed", "at": "2026-11-29T00:00:00Z"})
    team.rig.sql(
        f"INSERT INTO events VALUES ('{stream}', 2, 'AuditContentsNarrowed', '{later}')"  # noqa: S608
    )
    contents = state(team.rig)["audit"].contents
    contents.forget(team.space)
    assert await team.call(team.bob, call("notion-search", **ASKED)) == 200
    assert [said_in(one) for one in await team.kept(1)] == [("", "")]
