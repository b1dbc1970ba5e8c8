"""Whichever way a page's entries are found, they are the same, on each database."""

import random
from dataclasses import replace

import pytest

from notion_gateway.audit.questions import Question
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.store import AuditStore, Kept
from notion_gateway.storage.database import Database
from tests.contracts.audit_samples import KEY, OTHER_PAGE, PAGE

pytestmark = pytest.mark.anyio

QUESTIONS = (
    Question(page=PAGE),
    Question(page=PAGE, writing=True),
    Question(page=PAGE, since=5.0, until=20.0),
    Question(page=PAGE, user_id="ada", writing=True),
    Question(page=PAGE, outcome="client_left"),
    Question(page=PAGE, outcome="answered", writing=True, until=12.0),
)


@pytest.mark.parametrize(("few", "soon"), [(99, 99), (0, 99), (0, 0), (0, 5), (0, 30)])
async def test_the_entries_of_a_page_are_found_page_by_page(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int, soon: int
) -> None:
    """They are numbered in another order than that in which they ended, some at the same time."""
    monkeypatch.setattr("notion_gateway.audit.finding._FEW", few)
    monkeypatch.setattr("notion_gateway.audit.finding._SOON", soon)
    store, chance = AuditStore(database, lambda: [KEY]), random.Random(3)  # noqa: S311
    given = [
        Entry(
            at=float(number // 2 + chance.randrange(3)),
            user_id=chance.choice(["ada", "bob"]),
            tool=chance.choice(["notion-fetch", "notion-fetch", "notion-update-page"]),
            outcome=chance.choice(["answered", "answered", "client_left"]),
            pages=(chance.choice([PAGE, PAGE, OTHER_PAGE]),),
        )
        for number in range(60)
    ]
    await store.append({"birch": given, "maple": given})
    for question in QUESTIONS:
        numbered = [(one.at, number) for number, one in enumerate(given, 1) if fits(one, question)]
        assert len(numbered) > 3
        found: list[Kept] = []
        asked = question
        while some := await store.find("birch", asked, 3):
            found += some
            asked = following(question, some[-1])
        assert [(one.entry.at, one.link.number) for one in found] == sorted(numbered)[::-1]


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
