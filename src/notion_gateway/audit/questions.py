"""What can be asked of the record, as SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from notion_gateway.audit.rules.entry import Kind
from notion_gateway.audit.rules.writing import ONLY_READING
from notion_gateway.storage.schema.audit import audit_entries, audit_pages

_e, _p = audit_entries.c, audit_pages.c

CHANGING: Final = sa.and_(
    _e.kind == Kind.CALL,
    _e.reason == sa.literal_column("''"),
    _e.tool.not_in(sorted(ONLY_READING)),
)
"""Entries of calls that may have changed something, as ``rules/writing.py`` has it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are wanted; None is any. ``writing``: only calls that may have changed
    something: of tools that do not only read, and not refused by the gateway. ``since`` and
    ``until`` in seconds since 1970, the former included. ``before``: the ``at`` and number of the
    last entry of the page before.
    """

    user_id: str | None = None
    token: str | None = None
    tool: str | None = None
    page: str | None = None
    outcome: str | None = None
    reason: str | None = None
    grant: str | None = None
    writing: bool = False
    since: float | None = None
    until: float | None = None
    before: tuple[float, int] | None = None


def tokens_of(space_id: str) -> sa.CTE:
    """Those that something was recorded with, each found by the one before it: among a million
    entries there are a few hundred, and no database skips from one to the next by itself.
    """
    first = sa.select(sa.func.min(_e.token).label("token"))
    found = first.where(_e.space_id == space_id, _e.token > "").cte("tokens", recursive=True)
    after = sa.select(sa.func.min(_e.token)).where(
        _e.space_id == space_id, _e.token > found.c.token
    )
    following = after.correlate(found).scalar_subquery()
    return found.union_all(sa.select(following).where(found.c.token.is_not(None)))


def of_page(space_id: str, page: str) -> sa.Select[Any, Any]:
    """Which entries name it, by space and number."""
    return sa.select(_p.space_id, _p.number).where(_p.space_id == space_id, _p.page == page)


def conditions(space_id: str, question: Question) -> Sequence[sa.ColumnElement[bool]]:
    """A page's entries are asked for by space and number together, and by the space nowhere else:
    given it by itself, too, SQLite reads all of the space's in the order that is asked for, and
    picks the page's out.
    """
    if question.page is None:
        given: list[sa.ColumnElement[bool]] = [_e.space_id == space_id]
    else:
        given = [sa.tuple_(_e.space_id, _e.number).in_(of_page(space_id, question.page))]
    for column, value in (
        (_e.user_id, question.user_id),
        (_e.token, question.token),
        (_e.tool, question.tool),
        (_e.outcome, question.outcome),
        (_e.reason, question.reason),
        (_e.grant, question.grant),
    ):
        if value is not None:
            given.append(column == value)
    # Their indexes have only the entries that are asked for, and no database finds that out of the
    # value.
    for column, value, left_out in (
        (_e.reason, question.reason, ""),
        (_e.grant, question.grant, ""),
        (_e.outcome, question.outcome, "answered"),
    ):
        if value not in {None, left_out}:
            given.append(column != sa.literal_column(f"'{left_out}'"))
    if question.writing:
        given.append(CHANGING)
    return [*given, *within(question, _e.at, _e.number)]


def within(
    question: Question, at: sa.ColumnElement[float], number: sa.ColumnElement[int]
) -> Sequence[sa.ColumnElement[bool]]:
    """The time that is asked for, of a table's columns that say when and which."""
    given: list[sa.ColumnElement[bool]] = []
    if question.since is not None:
        given.append(at >= question.since)
    if question.until is not None:
        given.append(at < question.until)
    if question.before is not None:
        before = sa.tuple_(*map(sa.literal, question.before))
        given.append(sa.tuple_(at, number) < before)
    return given
