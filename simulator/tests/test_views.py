"""Views: made, configured in their language, and obeyed by queries."""

import re
from typing import Any

import pytest

from notion_simulator.workspace.model import Property, View, page_url
from notion_simulator.workspace.samples import sample_id
from notion_simulator.workspace.statements import StatementError
from notion_simulator.workspace.view_settings import configure
from support.caller import HANDBOOK, SOURCE, Use

pytestmark = pytest.mark.anyio

SCHEMA = {
    "Name": Property("title"),
    "Due": Property("date"),
    "End": Property("date"),
    "Cost": Property("number"),
    "Picture": Property("file"),
}


def configured(kind: str, statements: str, **before: Any) -> View:
    view = View("id", "A view", kind, "source", tuple(SCHEMA), dict(before))
    configure(view, SCHEMA, statements)
    return view


async def test_a_views_filter_and_order_are_obeyed_by_queries_of_it(use: Use) -> None:
    made = await use(
        "create-view",
        data_source_id=SOURCE,
        database_id=page_url(sample_id("Roadmap")),
        name="Big ones",
        type="table",
        configure='FILTER "Estimate" >= 2 AND ("Status" = "Done" OR "Blocked" = true); '
        'SORT BY "Estimate" ASC, "Task" DESC; HIDE "Link", "Tags"',
    )
    found = re.fullmatch(r'Created view "Big ones" \(table\) — (view://\S+)', made["result"])
    assert found is not None
    query = {"mode": "view", "view_url": found[1]}
    rows = (await use("query-data-sources", data=query))["results"]
    assert [row["Task"] for row in rows] == ["Write the guide", "Design the API"]
    text = (await use("fetch", id=found[1]))["text"]
    assert "advancedFilter" in text
    assert '"Link"' not in text
    updated = await use(
        "update-view", view_id=found[1], name="All", configure="CLEAR FILTER; CLEAR SORT"
    )
    assert updated["result"] == f'Updated view "All" — {found[1]}'
    assert len((await use("query-data-sources", data=query))["results"]) == 4


async def test_a_view_on_a_page_is_a_linked_database(use: Use) -> None:
    target = sample_id("Empty Scratchpad")
    await use(
        "create-view",
        data_source_id=SOURCE,
        parent_page_id=target,
        name="Board",
        type="board",
        configure='GROUP BY "Status"',
    )
    text = (await use("fetch", id=target))["text"]
    found = re.search(r'<database url="([^"]+)"', text)
    assert found is not None
    linked = (await use("fetch", id=found[1]))["text"]
    assert f"{{{{{SOURCE}}}}}" in linked
    assert '"groupBy": "Status"' in linked


async def test_a_view_belongs_somewhere_and_only_there(fail: Use) -> None:
    view = {"data_source_id": SOURCE, "name": "x", "type": "table"}
    for place in ({}, {"database_id": sample_id("Roadmap"), "parent_page_id": HANDBOOK}):
        assert (await fail("create-view", **view, **place))["code"] == "validation_error"
    wrong = await fail(
        "create-view", **view, database_id=sample_id("Roadmap"), configure='SORT BY "Nope"'
    )
    assert wrong["message"].startswith('Invalid configure: Property "Nope" not found.')


@pytest.mark.parametrize(
    ("kind", "statements", "settings"),
    [
        ("calendar", 'CALENDAR BY "Due"', {"calendarBy": "Due"}),
        ("timeline", 'TIMELINE BY "Due" TO "End"', {"timelineBy": {"start": "Due", "end": "End"}}),
        ("map", 'MAP BY "Name"', {"mapBy": "Name"}),
        ("gallery", 'COVER "Picture"; WRAP CELLS', {"cover": "Picture", "wrapCells": True}),
        ("table", "FREEZE COLUMNS 2;", {"freezeColumns": 2}),
        (
            "table",
            'FILTER "Due" IS NOT EMPTY',
            {"filter": {"property": "Due", "operator": "is_not_empty"}},
        ),
        (
            "chart",
            'CHART donut AGGREGATE sum "Cost" STACK BY "Name" CAPTION "By name"',
            {
                "chart": {
                    "type": "donut",
                    "aggregate": ["sum", "Cost"],
                    "stack": "Name",
                    "caption": "By name",
                }
            },
        ),
        (
            "form",
            "FORM CLOSE; FORM ANONYMOUS true; FORM PERMISSIONS reader",
            {"form": {"status": "close", "anonymous": True, "permissions": "reader"}},
        ),
    ],
)
async def test_every_directive_is_kept(
    kind: str, statements: str, settings: dict[str, Any]
) -> None:
    assert configured(kind, statements).settings == settings


async def test_show_and_hide_choose_the_properties_in_order() -> None:
    assert configured("table", 'SHOW "Cost", "Name"').display_properties == ("Cost", "Name")
    assert configured("table", 'HIDE "Due", "End"').display_properties == (
        "Name",
        "Cost",
        "Picture",
    )


@pytest.mark.parametrize(
    ("kind", "statements"),
    [
        ("board", ""),
        ("calendar", ""),
        ("calendar", 'CALENDAR BY "Cost"'),
        ("table", 'FILTER "Cost" LIKE 1'),
        ("table", 'FILTER ("Cost" = 1'),
        ("table", "CLEAR COVER"),
        ("table", "DANCE"),
        ("chart", "CHART pie"),
        ("table", 'SHOW "Name" "Due"'),
    ],
)
async def test_a_wrong_directive_leaves_the_view_as_it_was(kind: str, statements: str) -> None:
    with pytest.raises(StatementError):
        configured(kind, statements)
