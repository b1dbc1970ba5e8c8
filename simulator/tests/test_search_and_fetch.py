"""Finding and fetching, through the official client."""

import json

import pytest

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from support.caller import HANDBOOK, SOURCE, Use

pytestmark = pytest.mark.anyio


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
