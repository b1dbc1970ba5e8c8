"""Questions asked in the middle of an answer (MCP 2025-06-18 and 2025-11-25).

The person's answer comes in a request of its own, perhaps to another gateway: whichever gets it
leaves it in the database and a notice with it, and the one that holds the call finds it there.
"""

import hashlib
import json
from asyncio import Event
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast, final

import structlog
from sqlalchemy.exc import IntegrityError

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.policy.errors import CallUnclear
from notion_gateway.policy.rules.approval import QUESTION_IDS
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.storage.one_use_records import Record, SqlOneUseRecords
from notion_gateway.vault.sealed_text import SealedText

log = structlog.stdlib.get_logger()

ANSWERED_WITHIN: Final = timedelta(minutes=5)
_TOPICS: Final = frozenset({Topic.APPROVALS, Topic.POLICY})


class Said(StrEnum):
    """``CANCELLED``: the client took back the call itself. ``LATE``: nobody said anything."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who calls, and so who is asked and may answer. ``token``: what theirs is listed under.
    ``session``: the MCP session's id as the client knows it.
    """

    space_id: str
    user_id: str
    token: str | None
    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """``question_id`` is what the client answers to. ``heard`` is set when there may be news."""

    question_id: str = field(repr=False)
    answer_key: str
    cancelled_key: str
    until: datetime
    heard: Event = field(repr=False, default_factory=Event)


@final
@dataclass(frozen=True)
class Questions:
    sealed: SealedText
    records: SqlOneUseRecords
    feed: ChangeFeed
    clock: Clock
    _waiting: defaultdict[str, set[Event]] = field(
        init=False, repr=False, default_factory=lambda: defaultdict[str, set[Event]](set)
    )

    @property
    def waiting(self) -> int:
        """How many calls wait here for an answer."""
        return sum(map(len, self._waiting.values()))

    @contextmanager
    def asked(self, asker: Asker, call_id: str | int) -> Generator[Question]:
        """About the call ``call_id``, for as long as the block lasts."""
        name, until = random_identifier(), self.clock.now() + ANSWERED_WITHIN
        sealed = self.sealed.seal(_purpose(asker), json.dumps([name, until.timestamp()]))
        question = Question(
            QUESTION_IDS + sealed, _answer_key(name), _cancelled_key(asker, call_id), until
        )
        here = self._waiting[asker.space_id]
        here.add(question.heard)
        try:
            yield question
        finally:
            here.discard(question.heard)
            if not here and self._waiting.get(asker.space_id) is here:
                del self._waiting[asker.space_id]

    async def said(self, question: Question) -> Said | None:
        """What its person or their client has said; None where that is to come. Raises
        StoreUnavailable.
        """
        now = self.clock.now()
        if await self.records.look(question.cancelled_key, now) is not None:
            return Said.CANCELLED
        answer = await self.records.look(question.answer_key, now)
        if answer is not None:
            return Said.ACCEPTED if answer["accepts"] is True else Said.DECLINED
        return Said.LATE if now >= question.until else None

    async def answered(self, asker: Asker, question_id: str, *, accepts: bool) -> None:
        """Of several answers the first counts. Raises CallUnclear where this asker was not asked
        that, or where it is over, and StoreUnavailable.
        """
        now = self.clock.now()
        text = self.sealed.open(_purpose(asker), question_id.removeprefix(QUESTION_IDS))
        name, until = cast("tuple[str, float]", json.loads(text) if text is not None else ("", 0.0))
        if now.timestamp() >= until:
            raise CallUnclear(
                "This answers no question that is open in this session. Nothing was sent to Notion."
            )
        expires_at = datetime.fromtimestamp(until, UTC)
        await self._leave(asker, Record(_answer_key(name), {"accepts": accepts}, expires_at))

    async def cancelled(self, asker: Asker, call_id: str | int) -> None:
        """The client takes back a call, which may wait for an answer. Raises StoreUnavailable."""
        nothing: dict[str, Any] = {}
        expires_at = self.clock.now() + ANSWERED_WITHIN
        await self._leave(asker, Record(_cancelled_key(asker, call_id), nothing, expires_at))

    async def _leave(self, asker: Asker, record: Record) -> None:
        try:
            await self.records.put(record)
        except IntegrityError:
            return  # the first counts
        self._wake(asker.space_id)
        await self.feed.tell(Topic.APPROVALS, [asker.space_id])

    def changed(self, notice: Notice) -> None:
        """A person has answered, or what the space's callers may call has changed."""
        if notice.topic in _TOPICS:
            self._wake(notice.space_id)

    def changed_all(self) -> None:
        """After a time in which answers may have been missed."""
        for space_id in tuple(self._waiting):
            self._wake(space_id)

    def _wake(self, space_id: str) -> None:
        for event in self._waiting.get(space_id, ()):
            event.set()


def _purpose(asker: Asker) -> str:
    return f"policy question {_digest(astuple(asker))}"


def _answer_key(name: str) -> str:
    return f"approval/{name}"


def _cancelled_key(asker: Asker, call_id: str | int) -> str:
    return f"cancelled/{_digest((*astuple(asker), call_id))}"


def _digest(values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
