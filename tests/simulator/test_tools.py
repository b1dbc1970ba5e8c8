"""The tools, read and written through the official client."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

import pytest
from mcp.shared.exceptions import MCPError

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from tests.simulator.caller import Caller, text_of

pytestmark = pytest.mark.anyio

HANDBOOK = sample_id("Team Handbook")
SOURCE = f"collection://{sample_id('Roadmap tasks')}"
Use = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def use(caller: Caller) -> AsyncGenerator[Use]:
    """Calls a tool that must succeed, and returns its JSON."""
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:

        async def call(name: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(f"notion-{name}", arguments)
            assert not result.is_error, text_of(result.content)
            return cast("dict[str, Any]", json.loads(text_of(result.content)))

        yield call


@pytest.fixture
async def fail(caller: Caller) -> AsyncGenerator[Use]:
    """Calls a tool that must fail, and returns the error document."""
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:

        async def call(name: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(f"notion-{name}", arguments)
            assert result.is_error
            return cast("dict[str, Any]", json.loads(text_of(result.content)))

        yield call


def on_roadmap(query: str) -> str:
    """Returns a query with the data source's own name in place of `roadmap`."""
    return query.replace("roadmap", f'"{SOURCE}"')


async def test_search_finds_titles_before_texts_and_says_where(use: Use) -> None:
    found = await use("search", query="release process")
    first, *others = found["results"]
    assert found["type"] == "workspace_search"
    assert (first["title"], first["path"]) == ("Release Process", "Team Handbook")
    assert first["url"] == f"{page_url(sample_id('Release Process'))}?pvs=204"
    assert {hit["title"] for hit in others} == {"Team Handbook", "Onboarding Checklist"}


async def test_search_can_be_narrowed(use: Use) -> None:
    rows = await use("search", query="", data_source_url=SOURCE, sort="created")
    assert len(rows["results"]) == 4
    below = await use("search", query="release", page_url=HANDBOOK, filters={"title_only": True})
    assert [hit["title"] for hit in below["results"]] == ["Release Process"]
    june = {"last_edited_date_range": {"end_date": "2026-07-31"}}
    old = await use("search", query="", filters=june)
    assert [hit["title"] for hit in old["results"]] == ["Onboarding Checklist"]
    few = await use("search", query="", page_size=1, max_highlight_length=5)
    assert len(few["results"]) == 1
    assert len(few["results"][0]["highlight"]) <= 5


async def test_people_are_found_as_xml(use: Use) -> None:
    found = await use("search", query="noor", query_type="user")
    assert found["type"] == "user_search"
    assert "Noor Haddad</user>" in found["results"][0]["text"]


async def test_a_page_is_fetched_in_notions_layout(use: Use) -> None:
    page = await use("fetch", id=page_url(HANDBOOK))
    url = page_url(HANDBOOK)
    assert page["metadata"] == {"type": "page"}
    assert (page["title"], page["url"]) == ("Team Handbook", f"{url}?pvs=204")
    lines = page["text"].splitlines()
    assert lines[0] == (
        f'Here is the result of "fetch" for the Page with URL {url} as of 2026-08-03T10:15:00.000Z:'
    )
    assert lines[1] == f'<page url="{url}" icon="📘">'
    assert '<properties>\n{"title": "Team Handbook"}\n</properties>\n<content>' in page["text"]
    assert f'<page url="{page_url(sample_id("Release Process"))}">Release Process</page>' in lines
    assert lines[-2:] == ["</content>", "</page>"]


async def test_an_empty_page_is_blank(use: Use) -> None:
    page = await use("fetch", id=sample_id("Empty Scratchpad"))
    assert "<blank-page>" in page["text"]
    assert "<content>" not in page["text"]


async def test_a_row_shows_its_columns_and_ancestors(use: Use) -> None:
    row = await use("fetch", id=sample_id("Write the guide"))
    text = row["text"]
    properties = json.loads(text.split("<properties>\n")[1].split("\n</properties>")[0])
    assert properties["date:Due:start"] == "2026-10-02"
    assert properties["Estimate"] == 2.5
    assert properties["Blocked"] == "__YES__"
    assert json.loads(properties["Depends on"]) == [page_url(sample_id("Build the importer"))]
    assert f'<parent-data-source url="{SOURCE}" name="Roadmap"/>' in text
    assert '<ancestor-2-database url="' in text
    assert f'<ancestor-3-page url="{page_url(HANDBOOK)}" title="Team Handbook"/>' in text
    assert row["path"] == "Team Handbook / Roadmap"


async def test_a_database_shows_its_source_its_table_and_its_views(use: Use) -> None:
    database = await use("fetch", id=sample_id("Roadmap"))
    text = database["text"]
    assert database["metadata"] == {"type": "database"}
    assert f'<data-source url="{{{{{SOURCE}}}}}">' in text
    assert f'CREATE TABLE IF NOT EXISTS "{SOURCE}" (' in text
    assert '"date:Due:start" TEXT' in text
    assert text.count('<view url="{{view://') == 2
    state = json.loads(text.split("<data-source-state>\n")[1].split("\n</data-source-state>")[0])
    assert [o["name"] for o in state["schema"]["Status"]["groups"]["complete"]] == ["Done"]


async def test_a_data_source_a_view_and_a_document_can_be_fetched(use: Use) -> None:
    assert (await use("fetch", id=SOURCE))["metadata"] == {"type": "data_source"}
    view = await use("fetch", id=f"view://{sample_id('In progress view')}")
    assert (view["title"], view["metadata"]) == ("In progress", {"type": "view"})
    document = await use("fetch", id="notion://docs/enhanced-markdown-spec")
    assert document["text"].startswith("# Enhanced Markdown")


async def test_self_names_the_workspace_the_user_and_every_tool(use: Use) -> None:
    me = (await use("fetch", id="self"))["self"]
    assert me["workspace"] == {"id": sample_id("Acme"), "name": "Acme"}
    assert me["user"]["email"] == "ada@example.com"
    assert me["current_tool_access"]["query_data_sources"] == {"status": "available"}


async def test_a_page_of_another_workspace_is_not_found(fail: Use) -> None:
    missing = sample_id("Client Brief")
    error = await fail("fetch", id=missing)
    assert (error["name"], error["code"], error["status"]) == (
        "APIResponseError",
        "object_not_found",
        404,
    )
    assert error["message"].startswith(f"Could not find page with ID: {missing}.")
    body = json.loads(error["body"])
    assert body["request_id"] == error["request_id"]


async def test_created_pages_can_be_fetched_found_and_are_linked_from_their_parent(
    use: Use,
) -> None:
    entry = {"properties": {"title": "Zebra notes"}, "content": "Stripes\n- one", "icon": "🦓"}
    made = await use("create-pages", parent={"page_id": HANDBOOK}, pages=[entry])
    (page,) = made["pages"]
    assert page["properties"] == {"title": "Zebra notes"}
    fetched = await use("fetch", id=page["id"])
    assert "<content>\nStripes\n- one\n</content>" in fetched["text"]
    assert fetched["icon"] == {"type": "emoji", "emoji": "🦓"}
    assert (
        f'<page url="{page["url"]}">Zebra notes</page>' in (await use("fetch", id=HANDBOOK))["text"]
    )
    assert (await use("search", query="zebra"))["results"][0]["id"] == page["id"]


async def test_rows_are_created_with_typed_cells_and_seen_by_sql(use: Use) -> None:
    row = {
        "Task": "Plan the party",
        "Status": "Not started",
        "Tags": ["docs"],
        "Estimate": 0.5,
        "date:Due:start": "2026-12-18",
        "Blocked": "__NO__",
        "Owner": [sample_id("Ada Park")],
    }
    made = await use(
        "create-pages", parent={"database_id": sample_id("Roadmap")}, pages=[{"properties": row}]
    )
    query = on_roadmap('SELECT Task, Tags, "date:Due:start" AS due FROM roadmap WHERE Estimate < ?')
    data = {"data_source_urls": [SOURCE], "query": query, "params": [1]}
    found = await use("query-data-sources", data=data)
    assert found == {
        "results": [{"Task": "Plan the party", "Tags": '["docs"]', "due": "2026-12-18"}],
        "has_more": False,
        "data_source_ids": [sample_id("Roadmap tasks")],
    }
    assert made["pages"][0]["properties"] == {"title": "Plan the party"}


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Nope": 1}, 'Property "Nope" not found'),
        ({"Task": "x", "Status": "Lost"}, 'Invalid value "Lost" for "Status"'),
        ({"Task": "x", "Estimate": "many"}, 'Property "Estimate" needs a number'),
        ({"Task": "x", "Due": "2026-01-01"}, 'Property "Due" cannot be written'),
        ({"Task": "x", "date:Due:start": "soon"}, 'Property "Due" needs ISO 8601 dates'),
    ],
)
async def test_a_cell_that_does_not_fit_creates_nothing(
    fail: Use, use: Use, properties: dict[str, Any], message: str
) -> None:
    good = {"properties": {"Task": "Innocent"}}
    error = await fail(
        "create-pages",
        parent={"data_source_id": SOURCE},
        pages=[good, {"properties": properties}],
    )
    assert error["code"] == "validation_error"
    assert error["message"].startswith(message)
    assert (await use("search", query="Innocent"))["results"] == []


async def test_properties_are_updated_one_by_one_and_null_clears(use: Use) -> None:
    task = sample_id("Fix date parsing")
    await use(
        "update-page",
        page_id=task,
        command="update_properties",
        properties={"title": "Parse dates", "Status": "Done", "Priority": None},
    )
    text = (await use("fetch", id=task))["text"]
    assert '"Task": "Parse dates"' in text
    assert '"Status": "Done"' in text
    assert "Priority" not in text
    assert '"Estimate": 1' in text


async def test_content_is_edited_by_search_and_replace(use: Use, fail: Use) -> None:
    updates = [{"old_str": "30 minutes", "new_str": "20 minutes"}]
    changed = await use(
        "update-page", page_id=HANDBOOK, command="update_content", content_updates=updates
    )
    assert changed == {"page_id": HANDBOOK}
    assert "20 minutes" in (await use("fetch", id=HANDBOOK))["text"]
    error = await fail(
        "update-page", page_id=HANDBOOK, command="update_content", content_updates=updates
    )
    assert (error["code"], error["status"]) == ("validation_error", 400)
    assert error["message"].startswith("No matches found for")
    twice = [{"old_str": "is", "new_str": "was"}]
    ambiguous = await fail(
        "update-page", page_id=HANDBOOK, command="update_content", content_updates=twice
    )
    assert ambiguous["message"].startswith("Multiple matches")


async def test_replacing_content_does_not_delete_children_by_accident(use: Use, fail: Use) -> None:
    arguments = {"page_id": HANDBOOK, "command": "replace_content", "new_str": "All new"}
    error = await fail("update-page", **arguments)
    assert "Onboarding Checklist" in error["message"]
    await use("update-page", **arguments, allow_deleting_content=True)
    assert "<content>\nAll new\n</content>" in (await use("fetch", id=HANDBOOK))["text"]
    gone = await use("fetch", id=sample_id("Onboarding Checklist"))
    assert gone["is_archived"] is True
    assert (await use("search", query="onboarding"))["results"] == []


@pytest.mark.parametrize(("position", "expected"), [("start", "X\nA"), ("end", "A\nX")])
async def test_content_is_inserted_where_it_is_wanted(
    use: Use, position: str, expected: str
) -> None:
    page_id = sample_id("Empty Scratchpad")
    await use("update-page", page_id=page_id, command="insert_content", content="A")
    await use(
        "update-page",
        page_id=page_id,
        command="insert_content",
        content="X",
        position={"type": position},
    )
    assert f"<content>\n{expected}\n</content>" in (await use("fetch", id=page_id))["text"]


async def test_a_url_is_no_page_id_for_updates(fail: Use) -> None:
    error = await fail(
        "update-page", page_id=page_url(HANDBOOK), command="insert_content", content="x"
    )
    assert error["code"] == "object_not_found"


async def test_verified_pages_can_be_searched_for(use: Use) -> None:
    await use(
        "update-page",
        page_id=HANDBOOK,
        command="update_verification",
        verification_status="verified",
        verification_expiry_days=1,
    )
    found = await use("search", query="", filters={"content_status": "verified_only"})
    assert [hit["id"] for hit in found["results"]] == [HANDBOOK]


async def test_a_moved_page_leaves_its_old_parent_and_appears_in_the_new(use: Use) -> None:
    moved, target = sample_id("Release Process"), sample_id("Empty Scratchpad")
    answer = await use("move-pages", page_or_database_ids=[moved], new_parent={"page_id": target})
    assert answer == {"result": f"Successfully moved 1 item(s): {moved}"}
    assert page_url(moved) not in (await use("fetch", id=HANDBOOK))["text"]
    assert page_url(moved) in (await use("fetch", id=target))["text"]
    await use("move-pages", page_or_database_ids=[moved], new_parent={"type": "workspace"})
    assert (await use("fetch", id=moved))["path"] == ""


async def test_a_page_moved_into_a_data_source_becomes_a_row(use: Use) -> None:
    moved = sample_id("Empty Scratchpad")
    await use(
        "move-pages",
        page_or_database_ids=[moved],
        new_parent={"data_source_id": sample_id("Roadmap tasks")},
    )
    assert '"Task": "Empty Scratchpad"' in (await use("fetch", id=moved))["text"]


async def test_a_page_cannot_be_moved_below_itself(fail: Use) -> None:
    error = await fail(
        "move-pages",
        page_or_database_ids=[HANDBOOK],
        new_parent={"page_id": sample_id("Release Process")},
    )
    assert error["code"] == "validation_error"


async def test_sql_joins_counts_and_omits_archived_rows(use: Use) -> None:
    query = on_roadmap("SELECT Status, COUNT(*) AS n FROM roadmap GROUP BY Status ORDER BY n DESC")
    data = {"mode": "sql", "data_source_urls": [SOURCE], "query": query}
    found = await use("query-data-sources", data=data)
    assert found["results"][0] == {"Status": "In progress", "n": 2}


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM roadmap",
        "UPDATE roadmap SET Task = 1",
        "ATTACH DATABASE '/tmp/stolen.db' AS stolen",
        "PRAGMA database_list",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "SELECT * FROM nowhere",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT SUM(x) FROM n",
        "this is not SQL",
    ],
)
async def test_anything_but_a_bounded_select_is_a_validation_error(fail: Use, query: str) -> None:
    data = {"data_source_urls": [SOURCE], "query": on_roadmap(query)}
    error = await fail("query-data-sources", data=data)
    assert error["code"] == "validation_error"
    assert error["message"].startswith("Query failed: ")


async def test_rows_are_filtered_and_sorted(use: Use) -> None:
    both = {
        "operator": "and",
        "filters": [
            {"property": "Status", "operator": "equals", "value": "In progress"},
            {
                "operator": "or",
                "filters": [
                    {"property": "Estimate", "operator": "greater_than", "value": 5},
                    {"property": "Tags", "operator": "is_empty"},
                ],
            },
        ],
    }
    data = {
        "mode": "rows",
        "data_source_url": SOURCE,
        "filter": both,
        "sort": [{"property": "Due", "direction": "ascending"}],
    }
    found = await use("query-data-sources", data=data)
    assert [row["Task"] for row in found["results"]] == ["Fix date parsing", "Build the importer"]
    limited = await use("query-data-sources", data={**data, "limit": 1})
    assert (len(limited["results"]), limited["has_more"]) == (1, True)


async def test_an_unknown_operator_or_property_is_named(fail: Use) -> None:
    for condition in (
        {"property": "Nope", "operator": "equals", "value": 1},
        {"property": "Task", "operator": "resembles", "value": 1},
    ):
        data = {"mode": "rows", "data_source_url": SOURCE, "filter": condition}
        assert (await fail("query-data-sources", data=data))["code"] == "validation_error"


async def test_a_view_is_paged_through_its_cursor(use: Use) -> None:
    url = f"view://{sample_id('All tasks view')}"
    first = await use("query-data-sources", data={"mode": "view", "view_url": url, "page_size": 3})
    assert (len(first["results"]), first["has_more"], first["next_cursor"]) == (3, True, "s:3")
    rest = await use(
        "query-data-sources",
        data={"mode": "view", "view_url": url, "start_cursor": first["next_cursor"]},
    )
    assert (len(rest["results"]), rest["has_more"]) == (1, False)
    assert "next_cursor" not in rest


async def test_a_filtered_view_shows_only_its_rows(use: Use) -> None:
    url = f"{page_url(sample_id('Roadmap'))}?v={sample_id('In progress view').replace('-', '')}"
    found = await use("query-data-sources", data={"mode": "view", "view_url": url})
    assert {row["Status"] for row in found["results"]} == {"In progress"}


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


async def test_every_tool_has_a_title_hints_and_a_dialect(caller: Caller) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for name, tool in tools.items():
        assert tool.title, name
        assert tool.input_schema["$schema"].endswith("2020-12/schema"), name
    hints = tools["notion-update-page"].annotations
    assert hints is not None
    assert (hints.read_only_hint, hints.destructive_hint) == (False, True)


async def test_edits_are_seen_by_every_connection_to_the_workspace_and_no_other(
    caller: Caller,
) -> None:
    first = await caller.connect()
    second = await caller.connect()
    await caller.settings(auto_consent_workspace="Birch Studio")
    elsewhere = await caller.connect()
    page = {"properties": {"title": "Shared news"}}
    async with caller.client(first.access_token) as client:
        await client.call_tool("notion-create-pages", {"pages": [page]})
    for connection, expected in ((second, 1), (elsewhere, 0)):
        async with caller.client(connection.access_token) as client:
            result = await client.call_tool("notion-search", {"query": "Shared news"})
        assert len(json.loads(text_of(result.content))["results"]) == expected


async def test_a_query_of_no_known_mode_is_a_protocol_error(caller: Caller) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        with pytest.raises(MCPError, match="Invalid arguments for tool"):
            await client.call_tool("notion-query-data-sources", {"data": {"mode": "csv"}})
