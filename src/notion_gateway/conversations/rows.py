"""Rows of conversations: which are whose, and what is sealed in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from notion_gateway.conversations.rules import Message, Owner
from notion_gateway.conversations.sealing import Seal
from notion_gateway.storage.schema.conversations import conversation_messages, conversations

_t, _m = conversations.c, conversation_messages.c


@dataclass(frozen=True, slots=True)
class Head:
    """``change``: the newest of the person's changes that was this conversation's;
    ``message_change``: that of its messages, by which conversations are in order. Times in seconds
    since 1970; ``updated_at`` is that of the newest message. ``is_answering``: more of an answer is
    coming; ``stops``: how often somebody wanted none to come; ``waiting``: calls that wait for the
    person's word.
    """

    conversation_id: str
    title: str
    problem: Mapping[str, Any] | None
    is_pinned: bool
    created_at: float
    updated_at: float
    change: int
    message_change: int
    is_answering: bool
    stops: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Kept:
    """``ids``: of all its messages, in order; ``messages``: those that were asked for, by id."""

    head: Head
    ids: Sequence[str]
    messages: Mapping[str, Message]


def of(table: sa.Table, owner: Owner) -> sa.ColumnElement[bool]:
    """That person's rows of a table, in that space."""
    return (table.c.space_id == owner.space_id) & (table.c.user_id == owner.user_id)


def at(table: sa.Table, owner: Owner, conversation_id: str) -> sa.ColumnElement[bool]:
    """A conversation's rows of a table."""
    return of(table, owner) & (table.c.conversation_id == conversation_id)


def place(owner: Owner, conversation_id: str) -> dict[str, object]:
    """The same, as values of a new row."""
    return {
        "space_id": owner.space_id,
        "user_id": owner.user_id,
        "conversation_id": conversation_id,
    }


def one(owner: Owner, conversation_id: str) -> sa.Select[Any]:
    return sa.select(conversations).where(at(conversations, owner, conversation_id))


def altered(owner: Owner, conversation_id: str, values: Mapping[str, object]) -> sa.Update:
    return sa.update(conversations).where(at(conversations, owner, conversation_id)).values(values)


def messages_of(owner: Owner, conversation_ids: Sequence[str]) -> sa.Select[Any]:
    """In the order in which they were said."""
    these = of(conversation_messages, owner) & _m.conversation_id.in_(conversation_ids)
    return sa.select(conversation_messages).where(these).order_by(_m.conversation_id, _m.position)


def closed_head(
    seal: Seal, conversation_id: str, title: str, problem: Mapping[str, Any] | None
) -> str:
    return seal.close({"title": title, "problem": problem}, conversation_id)


def read_head(seal: Seal, row: sa.Row[Any], now: float) -> Head:
    """Raises SecretUnreadable."""
    opened = seal.open(row.head, row.conversation_id)
    return Head(
        conversation_id=row.conversation_id,
        title=opened["title"],
        problem=opened["problem"],
        is_pinned=row.is_pinned,
        created_at=row.created_at,
        updated_at=row.updated_at,
        change=row.change,
        message_change=row.message_change,
        is_answering=row.answering_until is not None and row.answering_until > now,
        stops=row.stops,
        waiting=row.waiting,
    )


def read_message(seal: Seal, row: sa.Row[Any]) -> Message:
    """Raises SecretUnreadable."""
    return seal.open(row.message, row.conversation_id, row.message_id)
