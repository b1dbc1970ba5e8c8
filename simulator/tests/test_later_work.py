"""Work that is done in the background, and copies, which always are."""

from typing import Any

import pytest

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from support.caller import HANDBOOK, Caller, Use

pytestmark = pytest.mark.anyio


async def test_pages_made_in_the_background_appear_when_the_task_succeeds(
    use: Use, clock: Any
) -> None:
    page = {"properties": {"title": "Patience"}}
    task = (await use("create-pages", pages=[page], allow_async=True))["async_task"]
    assert task["status"] == "queued"
    assert task["poll_after_seconds"] == 1
    assert (await use("search", query="Patience"))["results"] == []
    clock.advance(0.6)
    assert (await use("get-async-task", task_id=task["id"]))["status"] == "running"
    clock.advance(0.6)
    done = await use("get-async-task", task_id=task["id"])
    assert done["status"] == "succeeded"
    assert done["result"]["pages"][0]["properties"] == {"title": "Patience"}
    assert len((await use("search", query="Patience"))["results"]) == 1


async def test_a_change_that_turns_out_to_be_impossible_is_a_failed_task(
    use: Use, clock: Any
) -> None:
    started = await use(
        "update-page",
        page_id=HANDBOOK,
        command="update_content",
        content_updates=[{"old_str": "not there", "new_str": "x"}],
        allow_async=True,
    )
    clock.advance(2)
    failed = await use("get-async-task", task_id=started["async_task"]["id"])
    assert failed["status"] == "failed"
    assert failed["error"]["message"].startswith("No matches found for")


async def test_an_unknown_task_is_not_found(fail: Use) -> None:
    assert (await fail("get-async-task", task_id="task_x"))["code"] == "object_not_found"


async def test_where_no_tool_could_poll_it_work_is_done_at_once(caller: Caller, use: Use) -> None:
    await caller.settings(tool_set="2026-03")
    page = {"properties": {"title": "At once"}}
    assert "pages" in await use("create-pages", pages=[page], allow_async=True)


async def test_a_copy_is_empty_first_and_then_has_everything_below_it(use: Use, clock: Any) -> None:
    copied = await use("duplicate-page", page_id=HANDBOOK)
    assert copied["page_url"] == page_url(copied["page_id"])
    first = await use("fetch", id=copied["page_id"])
    assert first["title"] == "Team Handbook (1)"
    assert "<blank-page>" in first["text"]
    clock.advance(2)
    task = await use("get-async-task", task_id=copied["async_task"]["id"])
    assert task["status"] == "succeeded"
    text = (await use("fetch", id=copied["page_id"]))["text"]
    assert "How we work" in text
    assert page_url(sample_id("Release Process")) not in text
    assert page_url(sample_id("Roadmap")) not in text
    below = await use("search", query="", page_url=copied["page_id"], page_size=50)
    assert sorted(hit["title"] for hit in below["results"]) == [
        "Build the importer",
        "Design the API",
        "Fix date parsing",
        "Onboarding Checklist",
        "Release Process",
        "Roadmap",
        "Write the guide",
    ]
