"""With which grant a recorded call went, how long its answer was, and what was refused before."""

import gzip
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.audit.rules.calls import MAX_CALLS
from tests.audit.team import Team, a_team, call
from tests.budget.rationed import RationedMcp
from tests.support.identity import Person, Signer
from tests.support.strict_gateway import strict_rig
from tests.support.upstreams import RPC_RESULT, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

HOUR = 3600.0
PAGE = "1f2e3d4c-5b6a-7988-0011-223344556677"


@pytest.fixture
async def team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Team]:
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, gateway_audit=True) as rig:
        yield await a_team(rig, signer)


def who_is_remembered(person: Person) -> Person:
    """Says who they are in the same words each time, so that memory can answer."""
    return Person(person.caller, person.user, person.signer, person.now, person.principal())


async def test_it_is_kept_whose_grant_served(team: Team) -> None:
    path = f"/spaces/{team.space}/grants"
    chosen = await team.ada.send("PUT", path, json={"mode": "personal_else_shared"})
    assert chosen.status == 200, chosen.body
    await team.bob.connect(team.space, mine=True)
    ada, bob = who_is_remembered(team.ada), who_is_remembered(team.bob)
    for number in range(2):  # by a coroutine, then from memory
        assert await team.call(ada, call(f"of-ada-{number}")) == 200
        assert await team.call(bob, call(f"of-bob-{number}")) == 200
    assert len(await team.kept(4)) == 4
    own = await team.found(team.ada, grant="personal")
    assert [one["tool"] for one in own] == ["of-bob-1", "of-bob-0"]
    shared = await team.found(team.ada, grant="shared")
    assert [one["tool"] for one in shared] == ["of-ada-1", "of-ada-0"]


async def test_the_length_of_an_answer_is_kept_on_both_paths(
    team: Team, upstream: RecordingMcp
) -> None:
    upstream.chunks, upstream.length = (RPC_RESULT, b" " * 70_000, b"\n"), False
    bob = who_is_remembered(team.bob)
    for number in range(3):
        assert await team.call(bob, call(f"tool-{number}")) == 200
    found = await team.kept(3)
    assert [one["answered_bytes"] for one in found] == [len(RPC_RESULT) + 70_001] * 3


async def test_a_call_that_notion_did_not_answer_well_is_kept_on_both_paths(
    team: Team, upstream: RecordingMcp
) -> None:
    """It went there: Notion may have done what it asks for."""
    bob = who_is_remembered(team.bob)
    assert await team.call(bob, call("well")) == 200
    upstream.status = 307
    for who in (bob, team.bob):
        assert await team.call(who, call("notion-delete-pages")) == 502
    failed, also_failed, _ = await team.kept(3)
    for one in (failed, also_failed):
        assert (one["tool"], one["reason"]) == ("notion-delete-pages", "upstream_unsuitable")
        assert (one["user_id"], one["grant"], one["status"]) == ("bob", "shared", 502)
        assert one["answered_bytes"] > 0


async def test_a_call_that_the_budget_stops_is_kept_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    notion = RationedMcp()
    async with strict_rig(tmp_path, monkeypatch, signer, notion, gateway_audit=True) as rig:
        team = await a_team(rig, signer)
        notion.refusals.append(("json", HOUR))
        for tool in ("refused-there", "refused-here"):
            assert await team.call(team.bob, call(tool)) == 200
        await team.kept(2)
        (kept,) = await team.found(team.ada, reason="budget_exhausted")
        assert (kept["tool"], kept["user_id"]) == ("refused-here", "bob")


async def test_calls_beyond_a_persons_limit_are_one_entry_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    limits: dict[str, Any] = {"gateway_audit": True, "gateway_calls_per_minute": 12}
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, **limits) as rig:
        team = await a_team(rig, signer)
        statuses = [await team.call(team.bob, call("in-a-loop")) for _ in range(30)]
    refused = statuses.count(429)
    assert refused >= 3
    told = rig.sql(
        "SELECT tool, user_id, status, asked_bytes, calls FROM audit_entries"
        " WHERE reason = 'too_many_requests' ORDER BY number"
    )
    assert told[0] == ("", "bob", 429, 0, 1)
    assert sum(one[-1] for one in told) == refused
    assert len(told) < refused


async def test_no_call_is_missing_because_of_how_its_body_is_written(team: Team) -> None:
    """On both paths: each goes to Notion as it is."""
    bob = who_is_remembered(team.bob)
    assert await team.call(bob, b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}') == 200
    calls = [json.loads(call("notion-fetch")) for _ in range(MAX_CALLS + 3)]
    compressed = gzip.compress(call("notion-delete-pages"))
    for who in (bob, team.bob):
        assert await team.call(who, compressed, **{"Content-Encoding": "gzip"}) == 200
        assert await team.call(who, call("notion-delete-pages").decode().encode("utf-16")) == 200
    assert await team.call(bob, json.dumps(calls).encode()) == 200
    count = "SELECT count(*) FROM audit_entries"
    await until(lambda: team.rig.sql(count) == [(4 + MAX_CALLS + 1,)], PATIENCE_SECONDS)

    others = team.rig.sql(
        "SELECT tool, calls, status, asked_bytes FROM audit_entries"
        " WHERE tool != 'notion-fetch' OR calls > 1 ORDER BY number"
    )
    assert [one[:3] for one in others] == [
        *[("", 1, 200), ("notion-delete-pages", 1, 200)] * 2,
        ("notion-fetch", 3, 200),
    ]
    assert others[0][3] == len(compressed)


async def test_what_may_have_changed_a_page_is_not_hidden_by_how_it_was_called(team: Team) -> None:
    """Behind so many others in a batch that the rest is one entry, and where nobody can read it."""
    reads = [json.loads(call("notion-fetch")) for _ in range(MAX_CALLS + 1)]
    hidden = json.loads(call("notion-update-page", page_id=PAGE))
    assert await team.call(team.bob, json.dumps([*reads, hidden]).encode()) == 200
    unread = gzip.compress(call("notion-delete-pages"))
    assert await team.call(team.bob, unread, **{"Content-Encoding": "gzip"}) == 200
    count = "SELECT count(*) FROM audit_entries"
    await until(lambda: team.rig.sql(count) == [(MAX_CALLS + 2,)], PATIENCE_SECONDS)

    (changed,) = await team.found(team.ada, writing="true", page=PAGE)
    assert (changed["tool"], changed["calls"], changed["user_id"]) == ("", 2, "bob")
    assert [one["calls"] for one in await team.found(team.ada, writing="true")] == [1, 2]


async def test_a_strangers_calls_are_kept_where_there_is_a_space(team: Team) -> None:
    for _ in range(3):
        assert await team.call(team.eve, call("notion-search")) == 403
    assert (await team.eve.call("no-such-space")).status == 403
    (kept,) = await team.kept(1)
    assert (kept["user_id"], kept["reason"], kept["tool"]) == ("eve", "space_not_accessible", "")
    assert kept["grant"] == ""
    assert team.rig.sql("SELECT DISTINCT space_id FROM audit_entries") == [(team.space,)]


async def test_it_is_known_which_program_called_last_with_a_token(team: Team) -> None:
    async def program(who: Person) -> dict[str, str]:
        answer = await who.get(f"/spaces/{team.space}/audit/programs")
        assert answer.json["is_kept"] is True
        found: dict[str, str] = answer.json["programs"]
        return found

    made: dict[str, str] = {}
    for who in (team.ada, team.bob):
        wish = {"name": "editor", "expires_in_days": 1}
        answer = await who.post(f"/spaces/{team.space}/tokens", wish)
        made[who.user] = answer.json["token_id"]
        for version in ("1.0", "1.1"):
            said = {
                "Authorization": f"Bearer {answer.json['token']}",
                "User-Agent": f"Birch {version}",
                "Content-Type": "application/json",
            }
            called = await team.rig.caller.send(
                "POST", f"/mcp/notion/{team.space}", user=None, headers=said, data=call("one")
            )
            assert called.status == 200, called.body
    await team.kept(4)
    assert await program(team.ada) == dict.fromkeys(made.values(), "Birch 1.1")
    assert await program(team.bob) == {made["bob"]: "Birch 1.1"}
    assert (await team.eve.get(f"/spaces/{team.space}/audit/programs")).status == 403


async def test_what_came_again_is_counted_when_the_gateway_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, gateway_audit=True) as rig:
        team = await a_team(rig, signer)
        for _ in range(5):
            assert await team.call(team.eve, call("notion-search")) == 403
    kept = "SELECT number, calls FROM audit_entries ORDER BY number"
    assert rig.sql(kept) == [(1, 1), (2, 4)]


async def test_what_came_again_is_counted_when_its_minute_is_over(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_gateway.audit.rules.repeated.WINDOW_SECONDS", 0.0)
    monkeypatch.setattr("notion_gateway.audit.writer.LOOKED_EVERY_SECONDS", 0.01)
    assert await team.call(team.eve, call("notion-search")) == 403
    assert await team.call(team.eve, call("notion-search")) == 403
    assert [one["calls"] for one in await team.kept(2)] == [1, 1]


async def test_a_list_that_is_refused_is_no_call(team: Team) -> None:
    listing = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    said = {"Mcp-Method": "tools/list", "MCP-Protocol-Version": "2026-07-28"}
    assert await team.call(team.eve, listing, **said) == 403
    assert await team.call(team.bob, call("the-only-one")) == 200
    assert [one["tool"] for one in await team.kept(1)] == ["the-only-one"]
