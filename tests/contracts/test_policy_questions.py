"""Answers to a policy's questions, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from notion_gateway.policy.errors import CallUnclear
from notion_gateway.policy.questions import Asker, Questions, Said
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.one_use_records import Record, SqlOneUseRecords
from notion_gateway.vault.sealed_text import SealedText
from tests.contracts.conftest import FrozenClock

pytestmark = pytest.mark.anyio

ADA = Asker("team", "ada", "token", "session")


def questions_on(database: Database) -> Questions:
    """Of one gateway; all of them have the same key."""
    return Questions(
        SealedText(lambda: [b"k" * 32]),
        SqlOneUseRecords(database),
        ChangeFeed(database),
        FrozenClock(),
    )


async def test_the_first_answer_counts_and_a_notice_goes_with_it(database: Database) -> None:
    here, there, feed = questions_on(database), questions_on(database), ChangeFeed(database)
    await feed.look()
    with here.asked(ADA, 1) as question, here.asked(ADA, 2) as another:
        assert await here.said(question) is None
        await there.answered(ADA, question.question_id, accepts=False)
        await there.answered(ADA, question.question_id, accepts=True)

        assert await here.said(question) is Said.DECLINED
        assert await here.said(another) is None
        (heard,) = await feed.look()
        assert heard == Notice(Topic.APPROVALS, "team", 0)
        question.heard.clear()
        here.changed(replace(heard, space_id="other"))
        assert not question.heard.is_set()
        here.changed(heard)
        assert question.heard.is_set()
        assert here.waiting == 2
    assert here.waiting == 0


async def test_without_the_rule_the_last_answer_counts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    put = SqlOneUseRecords.put

    async def put_over(self: SqlOneUseRecords, record: Record) -> None:
        try:
            await put(self, record)
        except IntegrityError:
            await self.replace(record)

    monkeypatch.setattr(SqlOneUseRecords, "put", put_over)
    here = questions_on(database)
    with here.asked(ADA, 1) as question:
        await here.answered(ADA, question.question_id, accepts=False)
        await here.answered(ADA, question.question_id, accepts=True)
        assert await here.said(question) is Said.ACCEPTED


async def test_who_was_not_asked_cannot_answer_nor_take_the_call_back(database: Database) -> None:
    here = questions_on(database)
    others = [
        replace(ADA, space_id="other"),
        replace(ADA, user_id="bob"),
        replace(ADA, token=None),
        replace(ADA, session="another"),
    ]
    with here.asked(ADA, 1) as question:
        for other in others:
            with pytest.raises(CallUnclear):
                await here.answered(other, question.question_id, accepts=True)
            await here.cancelled(other, 1)
        await here.cancelled(ADA, "1")
        assert await here.said(question) is None

        await here.cancelled(ADA, 1)
        await here.answered(ADA, question.question_id, accepts=True)
        assert await here.said(question) is Said.CANCELLED
