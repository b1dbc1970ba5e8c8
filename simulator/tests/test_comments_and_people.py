"""Discussions, users, teamspaces."""

import pytest

from notion_simulator.workspace.samples import sample_id
from support.caller import HANDBOOK, Use

pytestmark = pytest.mark.anyio


async def test_comments_start_discussions_and_are_answered(use: Use) -> None:
    target = sample_id("Release Process")
    assert await use("get-comments", page_id=target) == {}
    made = await use("create-comment", page_id=target, markdown="Is <this> right?")
    assert made["result"]["status"] == "success"
    text = (await use("get-comments", page_id=target))["text"]
    assert text.startswith('<discussions total-count="1" shown-count="1">')
    assert "Is &lt;this&gt; right?</comment>" in text
    assert f'user-url="user://{sample_id("Ada Park")}/ada@example.com"' in text
    discussion = text.split('<discussion id="')[1].split('"')[0]
    await use("create-comment", page_id=target, markdown="It is.", discussion_id=discussion)
    assert 'comment-count="2"' in (await use("get-comments", page_id=target))["text"]


async def test_inline_discussions_are_shown_when_all_blocks_are_wanted(use: Use) -> None:
    some = (await use("get-comments", page_id=HANDBOOK))["text"]
    assert some.startswith('<discussions total-count="1" shown-count="0">')
    text = (await use("get-comments", page_id=HANDBOOK, include_all_blocks=True))["text"]
    assert 'context="inline" text-context="Friday: demo, everybody is welcome"' in text


async def test_a_selection_is_commented_by_its_ends(use: Use, fail: Use) -> None:
    await use(
        "create-comment",
        page_id=sample_id("Release Process"),
        markdown="Shorter?",
        selection_with_ellipsis="Rollback...10 minutes",
    )
    text = (
        await use("get-comments", page_id=sample_id("Release Process"), include_all_blocks=True)
    )["text"]
    assert 'text-context="Rollback takes at most 10 minutes"' in text
    error = await fail(
        "create-comment",
        page_id=HANDBOOK,
        markdown="?",
        selection_with_ellipsis="not...there",
    )
    assert error["message"].startswith("No matches found for")


async def test_users_are_listed_paged_and_found(use: Use, fail: Use) -> None:
    users = await use("get-users")
    assert {"type": "bot", "id": sample_id("Notion MCP"), "name": "Notion MCP"} in users["results"]
    first = await use("get-users", page_size=2)
    rest = await use("get-users", start_cursor=first["next_cursor"])
    assert [*first["results"], *rest["results"]] == users["results"]
    me = await use("get-users", user_id="self")
    assert me["results"][0]["name"] == "Ada Park"
    found = await use("get-users", query="tomas@")
    assert [user["name"] for user in found["results"]] == ["Tomas Berg"]
    assert (await fail("get-users", user_id="nobody"))["code"] == "object_not_found"


async def test_teams_are_divided_into_joined_and_others(use: Use) -> None:
    teams = await use("get-teams")
    assert [team["name"] for team in teams["joinedTeams"]] == ["Engineering", "Design"]
    assert [team["name"] for team in teams["otherTeams"]] == ["Finance"]
    assert teams["hasMore"] is False
