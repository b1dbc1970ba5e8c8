"""Questions, meeting notes, the sidebar, and filters in Notion's own form."""

from typing import Any

import pytest

from notion_simulator.workspace.conditions import Asker, plain
from notion_simulator.workspace.filters import passes
from notion_simulator.workspace.model import Option, Property, page_url
from notion_simulator.workspace.samples import sample_id
from support.caller import SOURCE, Caller, Use, on_roadmap

pytestmark = pytest.mark.anyio

NOOR = sample_id("Noor Haddad")
# 7 September 2026, noon.
ASKER = Asker(NOOR, 1_788_782_400.0)
SCHEMA = {
    "Name": Property("title"),
    "Due": Property("date"),
    "Owner": Property("person"),
    "Status": Property("status", options=(Option("Done", "green", "complete"), Option("New"))),
    "Cost": Property("number"),
    "Done": Property("checkbox"),
}
ROW = {
    "Name": "Design review",
    "date:Due:start": "2026-09-03",
    "Owner": f'["user://{NOOR}"]',
    "Status": "Done",
    "Cost": 3,
    "Done": "__YES__",
}


async def test_a_question_is_answered_without_its_little_words(use: Use) -> None:
    found = await use("ai-search", query="How is the release frozen on Wednesday?")
    assert found["type"] == "ai_search"
    first = found["results"][0]
    assert first["title"] == "Release Process"
    assert first["timestamp"].endswith("days ago (2026-09-01)")
    people = await use("ai-search", query="noor", query_type="user")
    assert people["type"] == "user_search"


async def test_the_older_search_had_a_mode_for_questions(caller: Caller, use: Use) -> None:
    await caller.settings(tool_set="2026-09")
    found = await use("search", query="release", content_search_mode="ai_search")
    assert found["type"] == "ai_search"


async def test_meeting_notes_are_found_by_people_words_and_days(use: Use) -> None:
    def by(name: str, operator: str, value: object) -> dict[str, Any]:
        return {"property": name, "filter": {"operator": operator, "value": value}}

    everything = await use("query-meeting-notes")
    assert everything["has_more"] is False
    (row,) = everything["results"]
    assert row["title"] == "Planning, 7 September"
    noor = [{"type": "exact", "value": {"table": "notion_user", "id": NOOR}}]
    range_ = {"type": "daterange", "start_date": "2026-09-07", "end_date": "2026-09-07"}
    conditions = [
        by("notion://meeting_notes/attendees", "person_contains", noor),
        by("created_time", "date_is_within", {"type": "exact", "value": range_}),
        by("title", "string_contains", {"type": "exact", "value": "planning"}),
    ]
    both = await use("query-meeting-notes", filter={"operator": "and", "filters": conditions})
    assert both == everything
    nobody = by("title", "string_contains", {"type": "exact", "value": "retro"})
    none = await use("query-meeting-notes", filter={"operator": "or", "filters": [nobody]})
    assert none["results"] == []


async def test_a_transcript_is_shown_only_when_asked_for(use: Use) -> None:
    notes = sample_id("Planning, 7 September")
    assert "Noor: The guide" not in (await use("fetch", id=notes))["text"]
    text = (await use("fetch", id=notes, include_transcript=True))["text"]
    assert "Noor: The guide" in text


async def test_the_sidebar_is_listed_without_ids(use: Use, fail: Use) -> None:
    private = await use("list-private-pages")
    titles = [entry["title"] for entry in private["results"]]
    assert titles == ["Empty Scratchpad", "Planning, 7 September", "Weekly Update"]
    handbook = page_url(sample_id("Team Handbook"))
    shared = await use("list-shared-pages")
    assert shared == {"results": [{"type": "page", "url": handbook, "title": "Team Handbook"}]}
    favorites = await use("list-favorite-pages")
    assert [entry["type"] for entry in favorites["results"]] == ["page", "database"]
    recent = await use("list-recent-pages", limit=2)
    assert recent["results"][0]["icon"] == "🎙️"
    rest = await use("list-recent-pages", cursor=recent["nextCursor"])
    assert len(recent["results"]) + len(rest["results"]) == 11
    assert "nextCursor" not in rest
    assert (await fail("list-recent-pages", cursor="page 2"))["code"] == "validation_error"


async def test_several_data_sources_are_joined(use: Use) -> None:
    statement = 'CREATE TABLE ("Status" TITLE, "Meaning" RICH_TEXT)'
    made = await use("create-database", title="Words", schema=statement)
    words = made["result"].split('<data-source url="{{')[1].split("}}")[0]
    row = {"properties": {"Status": "Done", "Meaning": "nothing left to do"}}
    await use("create-pages", parent={"data_source_id": words}, pages=[row])
    query = on_roadmap('SELECT Task, Meaning FROM roadmap r JOIN "words" w ON r.Status = w.Status')
    found = await use(
        "query-multiple-data-sources",
        query=query.replace("words", words),
        data_source_urls=[SOURCE, words],
    )
    assert found["results"] == [{"Task": "Design the API", "Meaning": "nothing left to do"}]


def exact(value: object) -> dict[str, object]:
    return {"type": "exact", "value": value}


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("Name", "string_is", exact("Design review")),
        ("Name", "string_starts_with", exact("design")),
        ("Name", "string_ends_with", exact("Review")),
        ("Name", "string_does_not_contain", exact("retro")),
        ("Cost", "number_greater_than_or_equal_to", exact(3)),
        ("Done", "checkbox_is", exact(True)),
        ("Owner", "person_contains", {"type": "relative", "value": "me"}),
        ("Owner", "person_contains", [exact(f"user://{NOOR}")]),
        ("Status", "status_is", {"type": "is_group", "value": "complete"}),
        ("Status", "status_is", [{"type": "is_option", "value": "Done"}]),
        ("Status", "status_is_not", {"type": "is_option", "value": "New"}),
        ("Due", "date_is", exact("2026-09-03")),
        ("Due", "date_is_before", {"type": "relative", "value": "today"}),
        ("Due", "date_is_on_or_after", {"type": "relative", "value": "one_week_ago"}),
        ("Due", "date_is_within", {"type": "relative", "value": "the_past_week"}),
        ("Due", "date_is_relative_to", {"type": "relative", "value": "this_month"}),
        ("Due", "date_is_within", {"type": "relative", "value": "surrounding", "unit": "week"}),
        (
            "Due",
            "date_is_within",
            {
                "type": "relative",
                "value": "custom",
                "direction": "past",
                "unit": "day",
                "count": 4,
            },
        ),
        ("Due", "date_is_within", exact({"type": "daterange", "start_date": "2026-09-01"})),
        ("Due", "date_is_after", exact({"type": "date", "start_date": "2026-09-02"})),
    ],
)
async def test_typed_operators_and_values_find_the_row(
    name: str, operator: str, value: object
) -> None:
    condition = {"type": "property", "property": name, "operator": operator, "value": value}
    group = {"type": "group", "operator": "and", "filters": [condition]}
    assert passes(SCHEMA, ROW, plain(group, SCHEMA, ASKER))


@pytest.mark.parametrize("value", ["the_next_week", "tomorrow", "yesterday"])
async def test_other_days_do_not(value: str) -> None:
    operator = "date_is_within" if value == "the_next_week" else "date_is"
    condition = {
        "property": "Due",
        "operator": operator,
        "value": {"type": "relative", "value": value},
    }
    assert not passes(SCHEMA, ROW, plain(condition, SCHEMA, ASKER))


async def test_a_value_of_no_known_form_is_an_error_that_the_caller_sees(fail: Use) -> None:
    condition = {"property": "Task", "operator": "string_is", "value": {"type": "exact"}}
    data = {"mode": "rows", "data_source_url": SOURCE, "filter": condition}
    assert (await fail("query-data-sources", data=data))["code"] == "validation_error"
