"""Each question over recorded calls that few answer has an index that finds them."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from notion_gateway.audit.filling import fill_pages
from notion_gateway.audit.questions import Question, conditions
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.store import AuditStore
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.audit import audit_entries
from tests.contracts.audit_samples import emptied
from tests.support.migrated import put_migrated_database

pytestmark = pytest.mark.anyio

_e = audit_entries.c
INDEX = "ix_audit_entries_"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    put_migrated_database(tmp_path / "gateway.sqlite3")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}")
    yield database
    await database.close()


async def plan_of(database: Database, statement: str, parameters: Any) -> list[str]:
    """How SQLite goes about it."""
    async with database.reading() as connection:
        said = f"EXPLAIN QUERY PLAN {statement}"
        found = await connection.exec_driver_sql(said, parameters)
        return [row.detail for row in found]


def asked_of(database: Database) -> list[tuple[str, Any]]:
    """The statements from now on, with their parameters."""
    said: list[tuple[str, Any]] = []

    def heard(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        said.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", heard)
    return said


async def plan_for(database: Database, *given: sa.ColumnElement[bool]) -> list[str]:
    """For the newest of them."""
    query = sa.select(audit_entries).where(*given)
    newest = query.order_by(_e.at.desc(), _e.number.desc()).limit(50)
    async with database.reading() as connection:
        asked = newest.compile(  # with its parameters apart
            connection.sync_connection, compile_kwargs={"render_postcompile": True}
        )
    given_in_order = tuple(asked.params[name] for name in asked.positiontup or ())
    return await plan_of(database, str(asked), given_in_order)


async def index_for(database: Database, *given: sa.ColumnElement[bool]) -> str:
    """Which one SQLite goes by."""
    (plan,) = await plan_for(database, *given)
    return plan.partition(INDEX)[2].partition(" ")[0]


async def test_calls_are_found_by_who_called_by_what_by_their_end_and_by_grant(
    database: Database,
) -> None:
    """The control: by the value alone, no database uses the indexes that leave most calls out."""
    for question, index in (
        (Question(user_id="ada"), "user"),
        (Question(token="t1"), "token"),
        (Question(tool="notion-search"), "tool"),
        (Question(reason="blocked_by_policy"), "reason"),
        (Question(outcome="client_left"), "outcome"),
        (Question(outcome="answered"), "at"),
        (Question(grant="personal", since=1.0), "grant"),
    ):
        assert await index_for(database, *conditions("birch", question)) == index
    for column in (_e.reason, _e.outcome, _e.grant):
        assert await index_for(database, _e.space_id == "birch", column == "one") == "at"


async def test_the_calls_of_a_page_are_found_by_their_numbers_where_they_are_few(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However else they are asked for. With the space by itself, too, which is how many are asked
    for, SQLite goes through all of it.
    """
    by_number = "audit_entries_1 (space_id=? AND number=?)"
    for question in (
        Question(page="one"),
        Question(page="one", user_id="ada", since=1.0, until=2.0),
        Question(page="one", outcome="client_left", writing=True, before=(3.0, 3)),
    ):
        given = conditions("birch", question)
        assert (await plan_for(database, *given))[0].endswith(by_number)
        assert not (await plan_for(database, _e.space_id == "birch", *given))[0].endswith(by_number)

    store = AuditStore(database, lambda: [b"k" * 32])
    await store.append({"birch": [Entry(at=float(one), pages=("one",)) for one in range(3)]})
    for few, ending in ((3, True), (2, False)):
        monkeypatch.setattr("notion_gateway.audit.finding._FEW", few)
        said = asked_of(database)
        found = await store.find("birch", Question(page="one", since=1.0), 9)
        assert [one.link.number for one in found] == [3, 2]
        asked = [one for one in said if "ORDER BY" in one[0]][-1]
        assert (await plan_of(database, *asked))[0].endswith(by_number) is ending


async def test_for_a_page_that_is_read_all_the_time_not_all_of_the_space_is_searched(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For who changed it, where that is not filled in beside the page. The control: with no end to
    the newest, all is gone through.
    """
    monkeypatch.setattr("notion_gateway.audit.finding._FEW", 2)
    store = AuditStore(database, lambda: [b"k" * 32])
    tools = ["notion-update-page", *["notion-fetch"] * 9]
    calls = [Entry(at=float(at), tool=tool, pages=("one",)) for at, tool in enumerate(tools)]
    await store.append({"birch": calls})
    await emptied(store)
    by_time, by_number = f"{INDEX}at (space_id=?", "audit_entries_1 (space_id=? AND number=?)"
    for soon, ways in ((3, [f"{by_time} AND at>?)", by_number]), (99, [f"{by_time})"])):
        monkeypatch.setattr("notion_gateway.audit.finding._SOON", soon)
        said = asked_of(database)
        found = await store.find("birch", Question(page="one", writing=True), 5)
        assert [one.link.number for one in found] == [1]
        whole = [one for one in said if "ORDER BY" in one[0] and ".code" in one[0]]
        plans = [await plan_of(database, *one) for one in whole]
        went = [next(step for step in plan if "SEARCH audit_entries" in step) for plan in plans]
        assert [step.endswith(way) for step, way in zip(went, ways, strict=True)] == [True] * len(
            ways
        )


async def test_who_changed_a_page_is_found_by_an_index_of_those_calls_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However else they are asked for. The control: of other calls of it there is none."""
    monkeypatch.setattr("notion_gateway.audit.finding._FEW", 2)
    store = AuditStore(database, lambda: [b"k" * 32])
    tools = ["notion-update-page", *["notion-fetch"] * 9]
    calls = [Entry(at=float(at), tool=tool, pages=("one",)) for at, tool in enumerate(tools)]
    await store.append({"birch": calls})
    by_page = "SEARCH audit_pages USING INDEX ix_audit_pages_writing (space_id=? AND page=?"
    by_number = "audit_entries_1 (space_id=? AND number=?)"
    for question, found, is_by_page in (
        (Question(page="one", writing=True), [1], True),
        (Question(page="one", writing=True, since=1.0), [], True),
        (Question(page="one", writing=True, user_id="ada", before=(9.0, 3)), [], True),
        (Question(page="one", writing=True, tool="notion-update-page"), [1], True),
        (Question(page="one", since=1.0), [10, 9, 8, 7, 6], False),
    ):
        said = asked_of(database)
        assert [one.link.number for one in await store.find("birch", question, 5)] == found
        (asked,) = [one for one in said if ".code" in one[0]]
        plan = await plan_of(database, *asked)
        assert any(one.startswith(by_page) for one in plan) is is_by_page
        if is_by_page:
            (entries,) = [one for one in plan if "audit_entries" in one]
            assert entries.removesuffix(" LEFT-JOIN").endswith(by_number)


async def test_whether_a_pages_calls_are_filled_in_is_found_by_an_index_of_those_that_are_not(
    database: Database,
) -> None:
    said = asked_of(database)
    store = AuditStore(database, lambda: [b"k" * 32])
    assert await store.find("birch", Question(page="one", writing=True), 5) == []
    (asked,) = [one for one in said if "writes IS NULL" in one[0]]
    (plan,) = await plan_of(database, *asked)
    assert "ix_audit_pages_unfilled (space_id=? AND page=?)" in plan

    assert [count async for count in fill_pages(database)] == []
    (asked,) = [one for one in said if one[0].startswith("UPDATE")]
    assert any("ix_audit_pages_unfilled" in one for one in await plan_of(database, *asked))


async def test_the_newest_program_of_each_token_is_found_without_reading_every_call(
    database: Database,
) -> None:
    """The control: the newest number of each token reads them all."""
    said = asked_of(database)
    assert await AuditStore(database, lambda: [b"k" * 32]).programs("birch", "ada") == {}
    (asked,) = [one for one in said if "tokens" in one[0]]
    plan = await plan_of(database, *asked)
    searched = [one.partition("(")[2] for one in plan if f"{INDEX}token" in one]
    assert searched == [
        "space_id=? AND token>?)",
        "space_id=? AND token>?)",
        "space_id=? AND token=?)",
    ]
    assert not any(one.startswith(("SCAN audit_entries", "SCAN last")) for one in plan)

    grouped = "SELECT max(number) FROM audit_entries WHERE space_id = ? AND kind = ? GROUP BY token"
    (read,) = await plan_of(database, grouped, ("birch", "call"))
    assert read.partition("(")[2] == "space_id=?)"
