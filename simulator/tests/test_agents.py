"""Agents and their sessions, told by the clock."""

from typing import Any

import pytest

from notion_simulator.workspace.samples import sample_id
from support.caller import Caller, Use

pytestmark = pytest.mark.anyio

SCOUT = f"agent://{sample_id('Acme')}/{sample_id('Scout')}"
STUMBLER = f"agent://{sample_id('Acme')}/{sample_id('Stumbler')}"


async def spawn(use: Use, agent: str = SCOUT, message: str = "release process") -> str:
    session = await use("spawn-session", agent_url=agent, initial_message=message)
    return session["session_url"]


async def test_agents_are_found_by_scope_and_by_words(use: Use, fail: Use) -> None:
    everything = await use("search-agents", scope="workspace")
    assert [agent["name"] for agent in everything["results"]] == ["Stumbler", "Scout"]
    favorites = await use("search-agents", scope="favorites")
    assert [agent["url"] for agent in favorites["results"]] == [SCOUT]
    first = await use("search-agents", scope="workspace", limit=1)
    rest = await use("search-agents", scope="workspace", limit=1, cursor=first["nextCursor"])
    assert [a["name"] for a in rest["results"]] == ["Scout"]
    assert "nextCursor" not in rest
    found = await use("search-agents", scope="workspace", query="looks things up")
    assert [agent["name"] for agent in found["results"]] == ["Scout"]
    error = await fail("spawn-session", agent_url="agent://x/y", initial_message="hi")
    assert error["code"] == "object_not_found"


async def test_a_session_is_queued_works_and_answers_from_the_workspace(
    use: Use, clock: Any
) -> None:
    url = await spawn(use)
    assert url.startswith(f"session://{sample_id('Acme')}/")
    assert (await use("get-session-status", session_url=url))["status"] == "queued"
    clock.advance(1)
    working = await use("get-session-status", session_url=url)
    assert (working["status"], working["last_sequence"]) == ("in_progress", 2)
    clock.advance(1)
    done = await use("wait-session", session_url=url, seconds=1)
    assert (done["status"], done["timed_out"]) == ("completed", False)
    events = (await use("list-session-events", session_url=url, count=10))["events"]
    assert [event["type"] for event in events] == ["user_message", "tool_call", "agent_message"]
    answer = await use("read-session-event", session_url=url, sequence=3)
    assert "Release Process" in answer["content"]


async def test_waiting_ends_with_the_turn_or_with_the_time(caller: Caller, use: Use) -> None:
    url = await spawn(use)
    waited = await use("wait-session", session_url=url, seconds=1)
    assert (waited["status"], waited["timed_out"]) == ("queued", True)
    await caller.settings(agent_turn_seconds=0)
    quick = await spawn(use)
    assert (await use("wait-session", session_url=quick, seconds=60))["status"] == "completed"


async def test_a_stopped_session_goes_on_with_the_next_message(
    use: Use, fail: Use, clock: Any
) -> None:
    url = await spawn(use)
    busy = await fail("send-message-to-session", session_url=url, message="Hello?")
    assert busy["code"] == "validation_error"
    assert (await use("stop-session", session_url=url))["status"] == "canceled"
    short = f"thread://{url.rsplit('/', 1)[-1]}"
    await use("send-message-to-session", session_url=short, message="Go on then")
    clock.advance(2)
    page = await use("list-session-events", session_url=url, count=2)
    assert [event["sequence"] for event in page["events"]] == [4, 5]
    earlier = await use("list-session-events", session_url=url, count=2, before_sequence=4)
    assert [event["type"] for event in earlier["events"]] == ["canceled", "user_message"]
    later = await use("list-session-events", session_url=url, count=1, after_sequence=3)
    assert ([event["sequence"] for event in later["events"]], later["has_more"]) == ([4], True)


async def test_an_agent_that_fails_says_so(use: Use, clock: Any) -> None:
    url = await spawn(use, STUMBLER)
    clock.advance(2)
    assert (await use("get-session-status", session_url=url))["status"] == "failed"
    assert (await use("read-session-event", session_url=url, sequence=3))["type"] == "error"


async def test_sessions_are_filtered_sorted_and_paged(use: Use, clock: Any) -> None:
    first = await spawn(use, message="about releases")
    clock.advance(5)
    second = await spawn(use, STUMBLER, "about planning")
    listed = await use("query-sessions", page_size=1)
    assert [s["session_url"] for s in listed["results"]] == [second]
    rest = await use("query-sessions", page_size=1, start_cursor=listed["next_cursor"])
    assert [s["session_url"] for s in rest["results"]] == [first]
    done = {"property": "status", "status": {"in": ["completed", "failed"]}}
    scout = {"property": "agent_id", "string": {"equals": sample_id("Scout")}}
    both = await use("query-sessions", filter={"and": [done, scout]})
    assert [s["session_url"] for s in both["results"]] == [first]
    either = await use(
        "query-sessions",
        filter={"or": [done, {"property": "status", "status": {"equals": "queued"}}]},
        sorts=[{"property": "created_at", "direction": "ascending"}],
    )
    assert [s["session_url"] for s in either["results"]] == [first, second]
    old = {"property": "created_at", "timestamp": {"before": "2020-01-01"}}
    assert (await use("query-sessions", filter=old))["results"] == []
    by_title = await use("query-sessions", query="PLANNING")
    assert [s["session_url"] for s in by_title["results"]] == [second]


@pytest.fixture
async def lasting_tokens(caller: Caller) -> None:
    """Lets connections made after this outlast the days that a test lets pass."""
    await caller.settings(access_token_lifetime_seconds=30 * 86_400)


async def test_sessions_are_searched_by_what_was_said(
    lasting_tokens: None, use: Use, fail: Use, clock: Any
) -> None:
    url = await spawn(use, message="Where is the importer?")
    found = await use("search-sessions", question="importer?", lookback="1d")
    assert [hit["session_url"] for hit in found["results"]] == [url]
    assert "importer" in found["results"][0]["excerpt"]
    clock.advance(2 * 86_400)
    assert (await use("search-sessions", question="importer", lookback="1d"))["results"] == []
    error = await fail("search-sessions", question="x", lookback="ages")
    assert error["message"].startswith("Not a lookback")


async def test_a_filter_of_no_known_form_and_a_foreign_session_are_errors(
    use: Use, fail: Use
) -> None:
    await spawn(use)
    for unknown in ({"color": "red"}, {"property": "status", "status": 5}):
        assert (await fail("query-sessions", filter=unknown))["code"] == "validation_error"
    foreign = f"session://{sample_id('Birch Studio')}/{sample_id('x')}"
    for tool in ("get-session-status", "stop-session"):
        assert (await fail(tool, session_url=foreign))["code"] == "object_not_found"
