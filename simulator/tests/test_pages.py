"""Pages and rows: made, changed, moved."""

from typing import Any

import pytest

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from support.caller import HANDBOOK, SOURCE, Use, on_roadmap

pytestmark = pytest.mark.anyio


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


async def test_deleted_pages_go_to_the_trash_with_what_is_below_them(use: Use) -> None:
    below = sample_id("Release Process")
    answer = await use("delete-pages", page_ids=[HANDBOOK])
    assert answer == {"result": f"Successfully moved 1 page(s) to the trash: {HANDBOOK}"}
    found = await use("search", query="release")
    assert not {below, HANDBOOK} & {hit["id"] for hit in found["results"]}
    trash = await use("search", query="", filters={"content_status": "archived_only"})
    assert {below, HANDBOOK} <= {hit["id"] for hit in trash["results"]}


async def test_no_page_is_deleted_where_one_is_not_there(use: Use, fail: Use) -> None:
    absent = "00000000-0000-4000-8000-000000000000"
    error = await fail("delete-pages", page_ids=[HANDBOOK, absent])
    assert error["code"] == "object_not_found"
    assert "is_archived" not in await use("fetch", id=HANDBOOK)


async def test_a_page_cannot_be_moved_below_itself(fail: Use) -> None:
    error = await fail(
        "move-pages",
        page_or_database_ids=[HANDBOOK],
        new_parent={"page_id": sample_id("Release Process")},
    )
    assert error["code"] == "validation_error"
