"""Whichever way a page's entries are found, they are the same, on each database."""

import random
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.audit.filling import fill_pages
from notion_gateway.audit.questions import CHANGING, Question
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.writing import may_have_changed
from notion_gateway.audit.store import AuditStore, Kept
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.audit import audit_entries, audit_pages
from tests.contracts.audit_samples import KEY, OTHER_PAGE, PAGE, emptied, fault_of

pytestmark = pytest.mark.anyio

QUESTIONS = (
    Question(page=PAGE),
    Question(page=PAGE, writing=True),
    Question(page=PAGE, since=5.0, until=20.0),
    Question(page=PAGE, user_id="ada", writing=True),
    Question(page=PAGE, outcome="client_left"),
    Question(page=PAGE, outcome="answered", writing=True, until=12.0),
)


@pytest.mark.parametrize("empty", [None, f"page = '{PAGE}'", f"page = '{PAGE}' AND number = 7"])
@pytest.mark.parametrize(("few", "soon"), [(99, 99), (0, 99), (0, 0), (0, 5), (0, 30)])
async def test_the_entries_of_a_page_are_found_page_by_page(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int, soon: int, empty: str | None
) -> None:
    """They are numbered in another order than that in which they ended, some at the same time.
    ``empty``: where a gateway of before has written the pages of some.
    """
    monkeypatch.setattr("notion_gateway.audit.finding._FEW", few)
    monkeypatch.setattr("notion_gateway.audit.finding._SOON", soon)
    store, chance = AuditStore(database, lambda: [KEY]), random.Random(3)  # noqa: S311
    given = [
        Entry(
            at=float(number // 2 + chance.randrange(3)),
            user_id=chance.choice(["ada", "bob"]),
            tool=chance.choice(["notion-fetch", "notion-fetch", "notion-update-page"]),
            outcome=chance.choice(["answered", "answered", "client_left"]),
            pages=(PAGE,) if number == 6 else (chance.choice([PAGE, PAGE, OTHER_PAGE]),),
        )
        for number in range(60)
    ]
    await store.append({"birch": given, "maple": given})
    if empty is not None:
        await emptied(store, empty)
    for question in QUESTIONS:
        numbered = [(one.at, number) for number, one in enumerate(given, 1) if fits(one, question)]
        assert len(numbered) > 3
        found: list[Kept] = []
        asked = question
        while some := await store.find("birch", asked, 3):
            found += some
            asked = following(question, some[-1])
        assert [(one.entry.at, one.link.number) for one in found] == sorted(numbered)[::-1]


async def test_a_call_that_is_recorded_while_the_changes_of_a_page_are_looked_for_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = AuditStore(database, lambda: [KEY])

    def change(at: float) -> Entry:
        user_id = "bob" if at % 2 else "ada"
        return Entry(at=at, user_id=user_id, tool="notion-update-page", pages=(PAGE,))

    await store.append({"birch": [change(float(at)) for at in range(1, 41)]})
    execute, later = AsyncConnection.execute, iter(range(41, 99))

    async def executed(connection: AsyncConnection, asked: sa.Executable) -> sa.CursorResult[Any]:
        result = await execute(connection, asked)
        if "ORDER BY audit_pages.at" in str(asked):
            monkeypatch.undo()
            await store.append({"birch": [change(float(next(later)))]})
            monkeypatch.setattr(AsyncConnection, "execute", executed)
        return result

    monkeypatch.setattr(AsyncConnection, "execute", executed)
    found = await store.find("birch", Question(page=PAGE, user_id="ada", writing=True), 15)
    assert next(later) > 42  # there were such calls
    assert [one.link.number for one in found] == list(range(40, 10, -2))


SOME = (
    Entry(at=1.0, tool="notion-fetch"),
    Entry(at=2.0, tool="fetch"),
    Entry(at=3.0, tool="notion-update-page"),
    Entry(at=4.0, tool="nobody-knows"),
    Entry(at=5.0, tool="notion-update-page", reason="blocked_by_policy"),
    Entry(at=6.0, tool="notion-update-page", kind=Kind.LOGIN),
    Entry(at=7.0),
    Entry(at=8.0, kind=Kind.LOST),
)
"""The third, the fourth and the seventh may have changed something. Nobody knows what the seventh
called.
"""


async def beside_pages(database: Database) -> list[tuple[float | None, bool | None]]:
    query = sa.select(audit_pages.c.at, audit_pages.c.writes).order_by(audit_pages.c.number)
    async with database.reading() as connection:
        return [(at, writes) for at, writes in await connection.execute(query)]


async def test_what_gateways_of_before_left_empty_is_filled_in_as_this_one_writes_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches, and no row of no entry holds that up."""
    monkeypatch.setattr("notion_gateway.audit.filling.BATCH", 3)
    store = AuditStore(database, lambda: [KEY])
    await store.append({"birch": [replace(one, pages=(PAGE,)) for one in SOME]})
    written = await beside_pages(database)
    assert written == [(float(at), at in {3, 4, 7}) for at in range(1, 9)]
    async with database.reading() as connection:
        judged = sa.select(CHANGING).select_from(audit_entries).order_by(audit_entries.c.number)
        assert (await connection.scalars(judged)).all() == [may_have_changed(one) for one in SOME]

    await emptied(store)
    async with database.writing() as connection:
        await connection.execute(sa.insert(audit_pages).values(("birch", PAGE, 99, None, None)))
    assert await fault_of(store) is None
    assert [count async for count in fill_pages(database)] == [3, 3, 2]
    assert await beside_pages(database) == [*written, (None, None)]
    assert [count async for count in fill_pages(database)] == []
    assert await fault_of(store) is None


async def test_changes_that_few_answer_are_looked_through_some_at_a_time(
    database: Database,
) -> None:
    """Also where it stands beside them that they write, and by now they only read."""
    store = AuditStore(database, lambda: [KEY])
    tools = ["notion-update-page", "notion-fetch", *["notion-move-pages"] * 30]
    given = [
        Entry(at=float(at), user_id="bob" if at else "ada", tool=tool, pages=(PAGE,))
        for at, tool in enumerate(tools)
    ]
    await store.append({"birch": given})
    async with database.writing() as connection:
        await connection.execute(sa.update(audit_pages).values(writes=True))
    assert await fault_of(store) is None

    async def asked(question: Question, limit: int) -> list[int]:
        return [one.link.number for one in await store.find("birch", question, limit)]

    changes = Question(page=PAGE, writing=True)
    assert await asked(changes, 99) == [*range(32, 2, -1), 1]
    assert await asked(replace(changes, user_id="ada"), 2) == [1]
    assert await asked(replace(changes, user_id="eve"), 1) == []


def fits(entry: Entry, question: Question) -> bool:
    return (
        question.page in entry.pages
        and question.user_id in {None, entry.user_id}
        and question.outcome in {None, entry.outcome}
        and (not question.writing or entry.tool == "notion-update-page")
        and (question.since or 0.0) <= entry.at < (question.until or 99.0)
    )


def following(question: Question, last: Kept) -> Question:
    return replace(question, before=(last.entry.at, last.link.number))
