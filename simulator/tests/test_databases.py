"""Databases and data sources, made and changed by statements."""

import json
import re
from typing import Any

import pytest

from notion_simulator.workspace.columns import read_changes, read_table
from notion_simulator.workspace.samples import sample_id
from notion_simulator.workspace.statements import StatementError
from support.caller import HANDBOOK, SOURCE, Use, on_roadmap

pytestmark = pytest.mark.anyio

EVERY_TYPE = '''CREATE TABLE IF NOT EXISTS "Everything" (
  "It's ""named""" TITLE COMMENT 'what it''s called',
  "Notes" RICH_TEXT, "When" DATE, "Who" PEOPLE, "Done" CHECKBOX, "Site" URL, "Mail" EMAIL,
  "Phone" PHONE_NUMBER, "State" STATUS, "Papers" FILES, "Made" CREATED_TIME,
  "Changed" LAST_EDITED_TIME, "Level" SELECT('Hot':red, 'Cold'), "Tags" MULTI_SELECT('a':blue),
  "Price" NUMBER FORMAT 'dollar', "Double" FORMULA('prop("Price") * 2'),
  "Task" RELATION('{source}', DUAL 'Everything' 'back'),
  "Sum" ROLLUP('Task', 'Estimate', 'sum'),
  "Key" UNIQUE_ID PREFIX 'EV')'''


def state_of(text: str) -> dict[str, Any]:
    """Returns the state of the data source in a tool's answer."""
    return json.loads(
        text.split("<data-source-state>\n")[1].split("\n</data-source-state>", maxsplit=1)[0]
    )


def source_of(text: str) -> str:
    found = re.search(r'<data-source url="\{\{(collection://[^}]+)\}\}">', text)
    assert found is not None
    return found[1]


async def test_a_database_has_every_column_type_of_its_statement(use: Use) -> None:
    made = await use(
        "create-database",
        title="Everything",
        parent={"page_id": HANDBOOK},
        schema=EVERY_TYPE.replace("{source}", SOURCE),
    )
    text = made["result"]
    assert text.startswith("Created database: <database url=")
    columns = state_of(text)["schema"]
    assert {name: column["type"] for name, column in columns.items()} == {
        'It\'s "named"': "title",
        "Notes": "text",
        "When": "date",
        "Who": "person",
        "Done": "checkbox",
        "Site": "url",
        "Mail": "email",
        "Phone": "phone_number",
        "State": "status",
        "Papers": "file",
        "Made": "created_time",
        "Changed": "last_edited_time",
        "Level": "select",
        "Tags": "multi_select",
        "Price": "number",
        "Double": "formula",
        "Task": "relation",
        "Sum": "rollup",
        "Key": "auto_increment_id",
    }
    assert columns['It\'s "named"']["description"] == "what it's called"
    assert [(o["name"], o["color"]) for o in columns["Level"]["options"]] == [
        ("Hot", "red"),
        ("Cold", "default"),
    ]
    assert state_of(text)["notAvailableInQuerySql"] == ["Double", "Sum"]
    assert "Everything</database>" in (await use("fetch", id=HANDBOOK))["text"]
    twin = state_of((await use("fetch", id=SOURCE))["text"])["schema"]["Everything"]
    assert (twin["type"], twin["dataSourceUrl"]) == ("relation", source_of(text))


async def test_rows_of_a_new_database_are_numbered_and_selectable(use: Use) -> None:
    statement = 'CREATE TABLE ("Name" TITLE, "Key" UNIQUE_ID PREFIX \'PRJ\', "Cost" NUMBER)'
    made = await use("create-database", title="Projects", schema=statement)
    source = source_of(made["result"])
    rows = [{"properties": {"Name": name, "Cost": 2}} for name in ("one", "two")]
    await use("create-pages", parent={"data_source_id": source}, pages=rows)
    query = f'SELECT Name, "Key", Cost FROM "{source}" ORDER BY Name'  # noqa: S608 - the tool's own language
    found = await use("query-data-sources", data={"data_source_urls": [source], "query": query})
    assert found["results"][1] == {"Name": "two", "Key": "PRJ-2", "Cost": 2.0}


@pytest.mark.parametrize(
    ("kind", "title"),
    [("tasks", "Task name"), ("projects", "Project name"), ("skills", "Skill name")],
)
async def test_ready_made_databases_come_with_their_columns(
    use: Use, kind: str, title: str
) -> None:
    made = await use("create-database", database_type=kind)
    assert state_of(made["result"])["schema"][title]["type"] == "title"


async def test_columns_are_added_renamed_changed_and_dropped_with_their_cells(use: Use) -> None:
    statements = (
        "ADD COLUMN \"Risk\" SELECT('Low':green, 'High':red); "
        'RENAME COLUMN "Estimate" TO "Days"; ALTER COLUMN "Priority" SET RICH_TEXT; '
        'DROP COLUMN "Link"'
    )
    changed = await use("update-data-source", data_source_id=SOURCE, statements=statements)
    assert changed["result"].startswith("Updated data source: <data-source url=")
    columns = state_of(changed["result"])["schema"]
    assert columns["Risk"]["type"] == "select"
    assert columns["Priority"]["type"] == "text"
    assert not {"Link", "Estimate"} & set(columns)
    query = on_roadmap("SELECT Days, Priority FROM roadmap WHERE Task = 'Design the API'")
    found = await use("query-data-sources", data={"data_source_urls": [SOURCE], "query": query})
    assert found["results"] == [{"Days": 3.0, "Priority": "High"}]


async def test_a_cell_that_a_new_type_cannot_hold_is_emptied(use: Use) -> None:
    await use(
        "update-data-source", data_source_id=SOURCE, statements='ALTER COLUMN "Priority" SET NUMBER'
    )
    query = on_roadmap("SELECT COUNT(Priority) AS n FROM roadmap")
    found = await use("query-data-sources", data={"data_source_urls": [SOURCE], "query": query})
    assert found["results"] == [{"n": 0}]


async def test_a_renamed_title_stays_the_title(use: Use) -> None:
    await use(
        "update-data-source",
        data_source_id=sample_id("Roadmap"),
        statements='RENAME COLUMN "Task" TO "What"',
        title="The plan",
        description="What we do next",
        is_inline=True,
    )
    assert (await use("fetch", id=sample_id("Write the guide")))["title"] == "Write the guide"
    database = await use("fetch", id=sample_id("Roadmap"))
    assert database["title"] == "The plan"
    assert " inline " in database["text"]
    assert state_of(database["text"])["description"] == "What we do next"


async def test_one_wrong_statement_changes_nothing(use: Use, fail: Use) -> None:
    statements = 'DROP COLUMN "Link"; DROP COLUMN "Task"'
    error = await fail("update-data-source", data_source_id=SOURCE, statements=statements)
    assert error["message"] == "Invalid statements: The title column cannot be dropped"
    assert "Link" in state_of((await use("fetch", id=SOURCE))["text"])["schema"]


async def test_a_data_source_in_the_trash_is_gone_with_its_database(use: Use, fail: Use) -> None:
    await use("update-data-source", data_source_id=SOURCE, in_trash=True)
    assert (await fail("fetch", id=SOURCE))["code"] == "object_not_found"
    assert (await fail("fetch", id=sample_id("Roadmap")))["code"] == "object_not_found"
    assert "<database" not in (await use("fetch", id=HANDBOOK))["text"]
    assert (await use("fetch", id=sample_id("Write the guide")))["is_archived"] is True


async def test_a_database_deleted_with_its_pages_content_is_gone_a_link_to_one_is_not(
    use: Use, fail: Use
) -> None:
    scratch = sample_id("Empty Scratchpad")
    link = {"data_source_id": SOURCE, "parent_page_id": scratch, "name": "x", "type": "table"}
    delete = {"command": "replace_content", "new_str": "Gone", "allow_deleting_content": True}
    await use("create-view", **link)
    await use("update-page", page_id=scratch, **delete)
    assert (await use("fetch", id=SOURCE))["title"] == "Roadmap"
    await use("create-view", **link)
    await use("update-page", page_id=HANDBOOK, **delete)
    assert (await fail("fetch", id=SOURCE))["code"] == "object_not_found"
    assert (await fail("update-data-source", data_source_id=SOURCE))["code"] == "object_not_found"
    assert "<database" not in (await use("fetch", id=scratch))["text"]


async def test_a_relation_to_nowhere_and_two_kinds_of_schema_are_refused(fail: Use) -> None:
    statement = 'CREATE TABLE ("Name" TITLE, "To" RELATION(\'nowhere\'))'
    assert (await fail("create-database", schema=statement))["code"] == "object_not_found"
    assert (await fail("create-database", schema=""))["code"] == "validation_error"
    both = await fail("create-database", schema=statement, database_type="tasks")
    assert both["code"] == "validation_error"


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "DROP TABLE x",
        'CREATE TABLE ("A" TITLE',
        'CREATE TABLE ("A" BLOB)',
        'CREATE TABLE ("A" TITLE, "A" URL)',
        'CREATE TABLE ("A" TITLE, "B" TITLE)',
        "CREATE TABLE (\"A\" SELECT('x':mauve))",
        'CREATE TABLE ("A" FORMULA(1))',
        'CREATE TABLE ("A" TITLE); SELECT 1',
        'CREATE TABLE ("A" TITLE) ~',
    ],
)
async def test_a_table_that_cannot_be_read_is_an_error_that_says_why(statement: str) -> None:
    with pytest.raises(StatementError, match=r"\w+ "):
        read_table(statement)


async def test_a_table_without_a_title_gets_one() -> None:
    assert list(read_table('CREATE TABLE ("Due" DATE)')) == ["Name", "Due"]


@pytest.mark.parametrize(
    "statements",
    ["ALTER TABLE x", 'ADD COLUMN "X"', 'RENAME COLUMN "X" "Y"', 'DROP COLUMN "X" "Y"'],
)
async def test_changes_that_cannot_be_read_are_errors(statements: str) -> None:
    with pytest.raises(StatementError):
        read_changes(statements)
