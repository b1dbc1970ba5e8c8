"""By which way the answers to a question over the record are found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.audit.questions import Question, conditions, of_page, within
from notion_gateway.storage.schema.audit import audit_entries, audit_pages

_e, _p = audit_entries.c, audit_pages.c
_NEWEST_FIRST: Final = (_e.at.desc(), _e.number.desc())

_FEW: Final = 2000
"""Entries that name a page. Of more, SQLite does not look up each at once, but goes through the
space's from the newest on, where it soon meets some.
"""
_SOON: Final = 20_000
"""Entries of the space that it goes through so. With no end to it, a page that is read all the
time and changed by nobody would have it go through all.
"""

_MORE: Final = 4
"""So many times as many are looked at each time that those before were not the ones asked for."""


async def find(
    connection: AsyncConnection, space_id: str, question: Question, limit: int
) -> Sequence[sa.Row[Any]]:
    """The newest first."""
    query = _newest(space_id, question, limit)
    if question.page is None:
        return (await connection.execute(query)).all()
    if question.writing and await _is_filled(connection, space_id, question.page):
        return await _newest_changes(connection, space_id, question, limit)
    few = of_page(space_id, question.page).limit(_FEW + 1).subquery()
    named = await connection.execute(sa.select(sa.func.count()).select_from(few))
    if named.scalar_one() <= _FEW:
        return (await connection.execute(query)).all()

    query = query.where(_e.space_id == space_id)
    if _has_an_index(question):
        return (await connection.execute(query)).all()
    far = await connection.scalar(_far_back(space_id, question))
    if far is not None:
        query = query.where(_e.at >= far)
    rows = (await connection.execute(query)).all()
    if far is not None and len(rows) < limit:
        query = _newest_looked_up(space_id, question, limit)
        rows = (await connection.execute(query)).all()
    return rows


async def _is_filled(connection: AsyncConnection, space_id: str, page: str) -> bool:
    """Whether it stands beside the page's numbers which of its entries may have changed it."""
    unfilled = of_page(space_id, page).where(_p.writes.is_(None)).limit(1)
    return (await connection.execute(unfilled)).one_or_none() is None


async def _newest_changes(
    connection: AsyncConnection, space_id: str, question: Question, limit: int
) -> Sequence[sa.Row[Any]]:
    """By an index of those that may have changed the page, some at a time, so that no database goes
    another way. The rest is asked of each entry, and so is whether it may have: a version that took
    other tools to write may have written that down. Some are one statement: of two, another call
    may be recorded between them, and one would be answered twice.
    """
    found: list[sa.Row[Any]] = []
    rest = conditions(space_id, replace(question, page=None, since=None, until=None, before=None))
    some = limit
    while True:
        asked = _changes_of(space_id, question).limit(some).subquery()
        whole = sa.and_(_e.space_id == space_id, _e.number == asked.c.number, *rest)
        query = (
            sa.select(audit_entries, asked.c.at.label("asked_at"), asked.c.number.label("asked"))
            .select_from(asked.outerjoin(audit_entries, whole))
            .order_by(asked.c.at.desc(), asked.c.number.desc())
        )
        rows = (await connection.execute(query)).all()
        found += [row for row in rows if row.number is not None]
        if len(found) >= limit or len(rows) < some:
            return found[:limit]
        question = replace(question, before=(rows[-1].asked_at, rows[-1].asked))
        some *= _MORE


def _changes_of(space_id: str, question: Question) -> sa.Select[Any, Any]:
    """When and which, the newest first."""
    query = sa.select(_p.at, _p.number).where(
        _p.space_id == space_id,
        _p.page == question.page,
        sa.literal_column("audit_pages.writes"),
        *within(question, _p.at, _p.number),
    )
    return query.order_by(_p.at.desc(), _p.number.desc())


def _has_an_index(question: Question) -> bool:
    """That leads to fewer entries than all of the space's."""
    usual = {None, "answered"}
    led = (question.user_id, question.token, question.tool, question.reason, question.grant)
    return any(one is not None for one in led) or question.outcome not in usual


def _newest(space_id: str, question: Question, limit: int) -> sa.Select[Any]:
    query = sa.select(audit_entries).where(*conditions(space_id, question))
    return query.order_by(*_NEWEST_FIRST).limit(limit)


def _far_back(space_id: str, question: Question) -> sa.Select[Any]:
    """When the entry ended that has so many newer ones of the space, among those of the time that
    is asked for; nothing where there are no more.
    """
    of_the_time = Question(since=question.since, until=question.until, before=question.before)
    query = sa.select(_e.at).where(*conditions(space_id, of_the_time))
    return query.order_by(*_NEWEST_FIRST).offset(_SOON).limit(1)


def _newest_looked_up(space_id: str, question: Question, limit: int) -> sa.Select[Any]:
    """Each by its number. All are put in order without their other fields, which takes SQLite a
    third less time; PostgreSQL is told to find all before it puts them in order, or it goes through
    the space's entries.
    """
    named = sa.select(_e.at, _e.number).where(*conditions(space_id, question)).cte("named")
    named = named.prefix_with("MATERIALIZED", dialect="postgresql")
    newest_first = (named.c.at.desc(), named.c.number.desc())
    these = sa.select(named).order_by(*newest_first).limit(limit).subquery()
    whole = sa.and_(_e.space_id == space_id, _e.number == these.c.number)
    query = sa.select(audit_entries).join(these, whole)
    return query.order_by(these.c.at.desc(), these.c.number.desc())
