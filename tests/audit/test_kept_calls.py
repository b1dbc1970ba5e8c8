"""Calls over real sockets, and who finds which of them afterwards."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.audit import routes
from notion_gateway.audit.rules.entry import Kind
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.kernel.errors import StoreUnavailable
from tests.audit.team import Team, a_team, call, until_kept
from tests.support.identity import Person, Signer
from tests.support.strict_gateway import strict_rig
from tests.support.upstreams import JSON_HEADERS, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

PAGE = "1f2e3d4c-5b6a-7988-0011-223344556677"


@pytest.fixture
async def team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Team]:
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, gateway_audit=True) as rig:
        yield await a_team(rig, signer)


async def test_a_call_is_kept_with_who_what_and_how_it_ended(team: Team) -> None:
    body = call("notion-update-page", page_id=PAGE, command="replace_content")
    request_id = {"X-Request-ID": "request-0001", "User-Agent": "Birch Editor/1.0"}
    assert await team.call(team.bob, body, **request_id) == 200
    (kept,) = await team.kept(1)
    assert kept.pop("at").endswith("Z")
    assert kept.pop("duration_ms") > 0
    assert kept.pop("answered_bytes") > 0
    assert kept == {
        "number": 1,
        "kind": Kind.CALL,
        "user_id": "bob",
        "token": "",
        "client": "Birch Editor/1.0",
        "tool": "notion-update-page",
        "status": 200,
        "outcome": "answered",
        "reason": "",
        "asked_bytes": len(body),
        "request_id": "request-0001",
        "trace_id": "",
        "rule": "",
        "pages": [PAGE],
        "calls": 1,
        "grant": "shared",
        "arguments": "",
        "result": "",
        "more_pages": 0,
        "mcp_client": "",
    }


async def test_a_call_is_found_by_each_of_a_hundred_pages_and_by_which_program_says_it_was(
    team: Team,
) -> None:
    """A hundred is what Notion's tools take."""
    pages = [f"{number:08x}-5b6a-7988-0011-223344556677" for number in range(100)]
    info = {"io.modelcontextprotocol/clientInfo": {"name": "Birch", "version": "1.0"}}
    body = json.loads(call("notion-move-pages", page_or_database_ids=pages))
    body["params"]["_meta"] = info
    assert await team.call(team.bob, json.dumps(body).encode()) == 200
    (kept,) = await team.kept(1)
    assert (kept["pages"], kept["more_pages"]) == (pages, 0)
    assert kept["mcp_client"] == "Birch/1.0"
    for page in (pages[0], pages[99]):
        assert await team.found(team.ada, page=page) == [kept]


async def test_what_comes_from_memory_and_what_does_not_are_kept_alike(team: Team) -> None:
    bearer = team.bob.principal()
    again = Person(team.bob.caller, "bob", team.bob.signer, team.bob.now, bearer)
    for number in range(6):
        assert await team.call(again, call(f"tool-{number}")) == 200
    found = await team.kept(6)
    assert [one["tool"] for one in found] == [f"tool-{number}" for number in reversed(range(6))]


async def test_calls_of_no_tool_are_not_kept(team: Team) -> None:
    listing = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    assert await team.call(team.ada, listing) == 200
    assert await team.call(team.ada, call("the-only-one")) == 200
    assert [one["tool"] for one in await team.kept(1)] == ["the-only-one"]


async def test_a_call_that_the_token_does_not_allow_is_kept_with_the_reason(team: Team) -> None:
    wish = {"name": "reader", "read_only": True, "expires_in_days": 1}
    made = await team.bob.post(f"/spaces/{team.space}/tokens", wish)
    assert made.status == 201, made.body
    answer = await team.rig.caller.send(
        "POST",
        f"/mcp/notion/{team.space}",
        user=None,
        headers={"Authorization": f"Bearer {made.json['token']}"},
        data=call("notion-delete-pages"),
    )
    assert answer.status == 403
    (kept,) = await team.kept(1)
    told = made.json
    assert kept["token"] == told["token_id"]
    assert (kept["status"], kept["reason"]) == (403, "tool_not_allowed")
    assert made.json["token"] not in json.dumps(await team.found(team.ada))


async def test_a_call_that_the_policy_stops_is_kept_with_the_rule_and_changes_nothing(
    team: Team,
) -> None:
    put = await team.ada.send(
        "PUT",
        f"/spaces/{team.space}/policy",
        params={"expected_version": "0"},
        json={"version": 1, "preset": "no_deleting"},
    )
    assert put.status == 200, put.body
    assert await team.call(team.bob, call("notion-delete-pages", page_ids=[PAGE])) == 200
    assert await team.call(team.bob, call("notion-search", query="roadmap")) == 200
    let_through, stopped = await team.kept(2)
    assert (stopped["tool"], stopped["reason"]) == ("notion-delete-pages", "blocked_by_policy")
    assert stopped["rule"]
    assert (let_through["reason"], let_through["status"]) == ("", 200)
    assert let_through["rule"]
    assert let_through["rule"] != stopped["rule"]

    # What may have changed something: neither what only reads nor what was refused.
    assert await team.found(team.bob, writing="true") == []
    for tool in ("update-page", "notion-create-comment", "search", "notion-brand-new"):
        await team.call(team.bob, call(tool, page_id=PAGE))
    await until_kept(team, 6)
    found = await team.found(team.ada, writing="true", page=PAGE)
    assert {one["tool"] for one in found} == {"update-page", "notion-create-comment"}


async def test_each_call_of_a_batch_is_kept_with_the_rule_that_decided_on_it(team: Team) -> None:
    document = {"version": 1, "preset": "no_deleting", "tools": {"notion-move-pages": "block"}}
    put = await team.ada.send(
        "PUT",
        f"/spaces/{team.space}/policy",
        params={"expected_version": "0"},
        json=document,
    )
    assert put.status == 200, put.body

    def batch(*tools: str) -> bytes:
        calls = [json.loads(call(tool, page_id=PAGE)) for tool in tools]
        return json.dumps([{**one, "id": number} for number, one in enumerate(calls)]).encode()

    async def rules(*tools: str) -> dict[str, str]:
        before = len(await team.found(team.ada))
        assert await team.call(team.bob, batch(*tools)) == 200
        kept = await team.kept(before + len(tools))
        return {one["tool"]: one["rule"] for one in kept[: len(tools)]}

    passed = await rules("notion-search", "notion-update-page")
    assert passed["notion-search"].endswith("(reading)")
    assert passed["notion-update-page"].endswith("(writing)")
    stopped = await rules("notion-search", "notion-move-pages", "notion-delete-pages")
    assert stopped == {
        "notion-search": "tools.notion-move-pages",  # nothing of it was sent, for this one
        "notion-move-pages": "tools.notion-move-pages",
        "notion-delete-pages": "preset no_deleting",
    }


async def test_before_2026_07_28_a_program_is_known_by_how_it_began_its_session(
    team: Team, upstream: RecordingMcp
) -> None:
    """In callbacks and by a coroutine; Notion gets its own id of the session, and no other."""
    upstream.headers = [*JSON_HEADERS, (b"mcp-session-id", b"notions-own")]
    info = {"name": "Birch Editor", "version": "2.1"}
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
    begin = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
    answer = await team.bob.send(
        "POST",
        f"/mcp/notion/{team.space}",
        data=begin.encode(),
        headers={"Content-Type": "application/json"},
    )
    session = answer.headers["mcp-session-id"]
    for _ in range(3):
        assert (
            await team.call(team.bob, call("notion-search"), **{"Mcp-Session-Id": session}) == 200
        )
        assert upstream.last.values(b"mcp-session-id") == [b"notions-own"]
    assert await team.call(team.bob, call("notion-search")) == 200
    kept = await team.kept(4)
    assert [one["mcp_client"] for one in kept] == ["", *["Birch Editor/2.1"] * 3]


async def test_members_find_their_own_calls_and_owners_all(team: Team) -> None:
    await team.call(team.ada, call("of-ada"))
    await team.call(team.bob, call("of-bob"))
    assert {one["tool"] for one in await team.kept(2)} == {"of-ada", "of-bob"}
    assert [one["tool"] for one in await team.found(team.bob)] == ["of-bob"]
    assert await team.found(team.bob, user="ada") == [
        *await team.found(team.bob)  # asked for somebody else's, they get their own
    ]
    assert [one["tool"] for one in await team.found(team.ada, user="ada")] == ["of-ada"]
    assert (await team.eve.get(f"/spaces/{team.space}/audit")).reason == "space_not_accessible"
    assert (await team.bob.get(f"/spaces/{team.space}/audit/export")).reason == "owner_required"


async def test_the_export_has_all_of_them_and_says_where_it_ends(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_gateway.audit.routes._EXPORTED_AT_ONCE", 2)
    for number in range(5):
        await team.call(team.ada, call(f"tool-{number}", id=PAGE))
    await until_kept(team, 5)
    answer = await team.ada.get(f"/spaces/{team.space}/audit/export", params={"page": PAGE})
    *lines, last = [json.loads(line) for line in answer.body.splitlines()]
    assert [one["number"] for one in lines] == [5, 4, 3, 2, 1]
    assert last == {"end": True, "entries": 5}


async def test_pages_lead_to_all_of_them(team: Team) -> None:
    for number in range(5):
        await team.call(team.ada, call(f"tool-{number}"))
    await until_kept(team, 5)
    numbers: list[int] = []
    query = {"limit": "2"}
    while True:
        answer = (await team.ada.get(f"/spaces/{team.space}/audit", params=query)).json
        numbers += [one["number"] for one in answer["entries"]]
        if answer["before"] is None:
            break
        query["before"] = answer["before"]
    assert numbers == [5, 4, 3, 2, 1]


async def test_a_page_has_a_most_in_bytes_too_and_leads_on_all_the_same(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        await team.call(team.bob, call(f"tool-{number}", page_id=PAGE))
    whole = await team.kept(9)
    monkeypatch.setattr(routes, "ANSWER_BYTES", 2 * len(json.dumps(whole[0])) + 200)
    came: list[dict[str, Any]] = []
    pages, before = 0, None
    while pages == 0 or before is not None:
        query = {} if before is None else {"before": before}
        answer = (await team.ada.get(f"/spaces/{team.space}/audit", params=query)).json
        assert 1 <= len(answer["entries"]) <= 3
        came += answer["entries"]
        before, pages = answer["before"], pages + 1
    assert came == whole
    monkeypatch.setattr(routes, "ANSWER_BYTES", 1)
    assert await team.found(team.ada) == whole[:1], "one at least"


@pytest.mark.parametrize(
    "query",
    [
        {"page": "no page"},
        {"before": "yesterday"},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"limit": "0"},
    ],
)
async def test_a_question_that_cannot_be_read_is_refused(team: Team, query: dict[str, str]) -> None:
    answer = await team.ada.get(f"/spaces/{team.space}/audit", params=query)
    assert (answer.status, answer.reason) == (422, "invalid_request")


async def test_where_calls_are_not_kept_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        team = await a_team(rig, signer)
        assert await team.call(team.ada, call("one")) == 200
        answer = await team.ada.get(f"/spaces/{team.space}/audit")
        assert (answer.json["is_kept"], answer.json["entries"]) == (False, [])
    assert rig.sql("SELECT count(*) FROM audit_entries") == [(0,)]


async def test_what_was_called_last_is_kept_when_the_gateway_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, gateway_audit=True) as rig:
        team = await a_team(rig, signer)
        for number in range(7):
            assert await team.call(team.ada, call(f"tool-{number}")) == 200
    assert rig.sql("SELECT count(*) FROM audit_entries") == [(7,)]


async def test_a_database_that_is_away_loses_nothing_that_there_is_room_for(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = AuditStore.append
    asked = asyncio.Event()

    async def away(*_: object) -> None:
        asked.set()
        raise StoreUnavailable

    monkeypatch.setattr(AuditStore, "append", away)
    for number in range(5):
        assert await team.call(team.ada, call(f"tool-{number}")) == 200
    await asyncio.wait_for(asked.wait(), PATIENCE_SECONDS)
    monkeypatch.setattr(AuditStore, "append", append)
    assert [one["number"] for one in await team.kept(5)] == [5, 4, 3, 2, 1]


def calls_in(found: list[dict[str, Any]]) -> int:
    return sum(one["calls"] for one in found)


async def test_calls_that_there_is_no_room_for_are_counted_in_their_place(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[AuditWriter] = []
    keep = AuditWriter.keep

    def cramped(self: AuditWriter, *given: Any) -> None:
        writers.append(self)
        self._most_waiting = 3  # pyright: ignore[reportPrivateUsage]
        keep(self, *given)

    async def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(AuditWriter, "keep", cramped)
    with monkeypatch.context() as patch:
        patch.setattr(AuditStore, "append", away)
        for number in range(8):
            assert await team.call(team.ada, call(f"tool-{number}")) == 200
        await until(lambda: len(writers) == 8)
        assert writers[0].lost_in_all == 5
    async with asyncio.timeout(PATIENCE_SECONDS):
        while calls_in(found := await team.kept(4)) < 8:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
    assert [one["calls"] for one in found if one["kind"] == "call"] == [1, 1, 1]
    assert calls_in(found) == 8


async def test_owners_set_how_long_calls_are_kept(team: Team) -> None:
    path = f"/spaces/{team.space}/audit/keeping"
    assert (await team.bob.get(path)).json == {
        "days": 90,
        "own_days": None,
        "operator_days": 90,
        "set_at": None,
        "set_by": None,
    }
    for who in (team.bob, team.eve):
        assert (await who.send("PUT", path, json={"days": 7})).status == 403
    token = await team.ada.token(team.space)
    refused = await replace(team.ada, bearer=token).send("PUT", path, json={"days": 7})
    assert (refused.status, refused.reason) == (403, "token_not_allowed")
    for days in (0, -1, 36_501, "many", 1.5):
        assert (await team.ada.send("PUT", path, json={"days": days})).status == 422
    assert (await team.ada.send("PUT", path, json={})).status == 422

    found = (await team.ada.send("PUT", path, json={"days": 7})).json
    assert (found["days"], found["own_days"], found["set_by"]) == (7, 7, "ada")
    assert found["operator_days"] == 90
    assert (await team.bob.get(path)).json == found
    found = (await team.ada.send("PUT", path, json={"days": None})).json
    assert (found["days"], found["own_days"], found["set_by"]) == (90, None, "ada")
