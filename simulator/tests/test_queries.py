"""Queries of data sources: by SQL, by filter, through views."""

import pytest

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from support.caller import SOURCE, Use, on_roadmap

pytestmark = pytest.mark.anyio


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
