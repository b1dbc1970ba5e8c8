"""Tool sets by generation, plans, and limits of calls."""

import json
from typing import Any

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from notion_simulator.tools.next_steps import CARDS
from notion_simulator.tools.registry import TOOLS
from notion_simulator.tools.tool_sets import ToolSet, tools_of
from notion_simulator.workspace.samples import sample_id
from support.caller import SOURCE, Caller, Use, on_roadmap, text_of

pytestmark = pytest.mark.anyio

MULTIPLE = {"query": on_roadmap("SELECT COUNT(*) AS n FROM roadmap"), "data_source_urls": [SOURCE]}


@pytest.mark.parametrize(
    ("tool_set", "count", "has", "lacks"),
    [
        ("minimum", 10, "query-data-sources", "duplicate-page"),
        ("2026-03", 16, "update-view", "get-async-task"),
        ("2026-09", 41, "search-agents", "ai-search"),
        ("latest", 46, "delete-pages", "get-self"),
    ],
)
async def test_each_generation_has_its_tools(
    tool_set: ToolSet, count: int, has: str, lacks: str
) -> None:
    tools = tools_of(tool_set)
    assert len(tools) == count
    assert f"notion-{has}" in tools
    assert f"notion-{lacks}" not in tools


async def test_a_tool_of_another_generation_is_neither_listed_nor_called(
    caller: Caller, client: Client
) -> None:
    await caller.settings(tool_set="2026-09", test_tools=False)
    assert len((await client.list_tools()).tools) == 41
    with pytest.raises(MCPError, match="notion-ai-search not found"):
        await client.call_tool("notion-ai-search", {"query": "x"})


async def test_march_wanted_filters_and_a_schema(caller: Caller, client: Client) -> None:
    await caller.settings(tool_set="2026-03")
    with pytest.raises(MCPError, match="'filters' is a required property"):
        await client.call_tool("notion-search", {"query": "x"})
    with pytest.raises(MCPError, match="'schema' is a required property"):
        await client.call_tool("notion-create-database", {"database_type": "tasks"})


async def test_the_tools_come_in_pages_if_wanted(caller: Caller, client: Client) -> None:
    await caller.settings(tools_page_size=20, test_tools=False)
    names: list[str] = []
    cursor = None
    while True:
        page = await client.list_tools(cursor=cursor)
        names += [tool.name for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert names == list(TOOLS)
    with pytest.raises(MCPError, match="Invalid cursor"):
        await client.list_tools(cursor="elsewhere")


async def test_the_confirmed_annotations_are_shown() -> None:
    shown = {
        name.removeprefix("notion-"): "".join(
            "T" if hint else "F"
            for hint in (
                tool.hints.read_only,
                tool.hints.destructive,
                tool.hints.idempotent,
                tool.hints.open_world,
            )
        )
        for name, tool in TOOLS.items()
    }
    expected = {
        "TFTF": ("search", "fetch", "search-skills"),
        "TFTT": ("ai-search",),
        "TFFF": (
            "wait-session",
            "check-mcp-next-steps",
            "show-advanced-analysis-next-steps",
        ),
        "FFFF": ("create-comment", "update-view"),
        "FFFT": ("create-attachment",),
        "FFTF": ("convert-page-to-skill",),
        "FTFF": (
            "update-page",
            "update-data-source",
            "update-folder",
            "spawn-session",
            "stop-session",
            "send-message-to-session",
        ),
    }
    assert shown | {name: hints for hints, names in expected.items() for name in names} == shown


async def test_a_plan_decides_what_is_available_and_self_says_so(caller: Caller, use: Use) -> None:
    await caller.settings(plan="free")
    access = (await use("fetch", id="self"))["self"]["current_tool_access"]
    assert access["query_multiple_data_sources"]["status"] == "full_version_required"
    assert "full_version_url" in access["query_multiple_data_sources"]
    assert access["query_data_sources"]["status"] == "available_with_limit"
    assert access["spawn_session"]["status"] == "plan_required"
    assert "filters.title_only" in access["search"]["restricted_parameters"]
    assert access["fetch"] == {"status": "available"}
    assert (await use("get-tool-access"))["current_tool_access"] == access
    await caller.settings(plan="business", tool_access=["query_meeting_notes=not_enabled"])
    some = await use("get-tool-access", tool_names=["query_meeting_notes", "search", "nothing"])
    assert some == {"current_tool_access": {"query_meeting_notes": {"status": "not_enabled"}}}


async def test_a_gated_call_is_answered_with_a_prompt_or_an_error(
    caller: Caller, client: Client
) -> None:
    await caller.settings(plan="free")
    prompted = await client.call_tool("notion-query-multiple-data-sources", MULTIPLE)
    assert not prompted.is_error
    assert "needs the full version of Notion MCP" in text_of(prompted.content)
    await caller.settings(plan_gate="error")
    refused = await client.call_tool("notion-query-multiple-data-sources", MULTIPLE)
    assert refused.is_error
    document = json.loads(text_of(refused.content))
    assert (document["name"], document["status"]) == ("APIResponseError", 400)
    assert document["tool_error_code"] == "entitlement_required"
    await caller.settings(plan="enterprise")
    allowed = await client.call_tool("notion-query-multiple-data-sources", MULTIPLE)
    assert json.loads(text_of(allowed.content))["results"] == [{"n": 4}]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (
            "update-page",
            {
                "page_id": sample_id("Team Handbook"),
                "command": "update_verification",
                "verification_status": "verified",
            },
        ),
        (
            "query-data-sources",
            {"data": {"data_source_urls": [SOURCE, SOURCE], "query": "SELECT 1"}},
        ),
        ("query-meeting-notes", {}),
        ("search-agents", {"scope": "workspace"}),
    ],
)
async def test_what_needs_the_business_plan_is_gated(
    caller: Caller, fail: Use, tool: str, arguments: dict[str, Any]
) -> None:
    await caller.settings(plan="plus", plan_gate="error")
    assert (await fail(tool, **arguments))["tool_error_code"] == "entitlement_required"


async def test_limited_use_runs_out_except_through_views(
    caller: Caller, use: Use, fail: Use
) -> None:
    await caller.settings(plan="free", plan_gate="error", limited_calls=1)
    sql = {"data_source_urls": MULTIPLE["data_source_urls"], "query": MULTIPLE["query"]}
    await use("query-data-sources", data=sql)
    assert "used up" in (await fail("query-data-sources", data=sql))["message"]
    view = {"mode": "view", "view_url": f"view://{sample_id('All tasks view')}"}
    assert len((await use("query-data-sources", data=view))["results"]) == 4


async def test_restricted_options_are_dropped_with_a_notice(caller: Caller, use: Use) -> None:
    await caller.settings(plan="free")
    found = await use(
        "search", query="release", filters={"title_only": True}, sort="created", page_size=50
    )
    assert found["notice"].endswith("filters.title_only, sort")
    assert len(found["results"]) > 1
    fallen = await use("ai-search", query="release")
    assert fallen["type"] == "workspace_search"
    assert "AI search is not available" in fallen["notice"]


async def test_next_steps_are_structured_and_name_a_readable_card(
    caller: Caller, client: Client
) -> None:
    names = ("notion-check-mcp-next-steps", "notion-show-advanced-analysis-next-steps")
    for name in names:
        nothing = await client.call_tool(name, {})
        assert nothing.structured_content is not None
        assert nothing.structured_content["kind"].endswith("_not_displayed")
    await caller.settings(plan="free")
    steps = [(await client.call_tool(name, {})).structured_content for name in names]
    assert [step["action"] for step in steps if step is not None] == ["start_trial", "learn_more"]
    assert all(step is not None and step["client_name"] == "Test client" for step in steps)
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for name in names:
        card = (tools[name].meta or {})["ui"]["resourceUri"]
        (contents,) = (await client.read_resource(card)).contents
        assert contents.model_dump()["text"] == CARDS[card]


async def test_a_workspace_and_the_search_have_limits_of_their_own(
    caller: Caller, client: Client
) -> None:
    async def reason(name: str, arguments: dict[str, Any]) -> str | None:
        result = await client.call_tool(f"notion-{name}", arguments)
        document: dict[str, Any] | None = result.structured_content
        return None if document is None else document["error"]["rate_limit_reason"]

    await caller.settings(search_rate_limit_per_minute=1)
    assert await reason("search", {"query": "x"}) is None
    assert await reason("search", {"query": "x"}) == "per_tool"
    assert await reason("get-teams", {}) is None
    await caller.settings(workspace_rate_limit_per_minute=2)
    assert await reason("get-teams", {}) == "per_workspace"


async def test_a_short_wait_is_waited_by_the_server(
    caller: Caller, client: Client, clock: Any
) -> None:
    await caller.settings(rate_limit_per_minute=1)
    await client.call_tool("notion-get-teams", {})
    clock.advance(59.99)
    # The clock of the test stands still, so the second try fails too, after the wait.
    limited = await client.call_tool("notion-get-teams", {})
    assert limited.structured_content is not None
    assert limited.structured_content["error"]["retry_after_seconds"] == 1
