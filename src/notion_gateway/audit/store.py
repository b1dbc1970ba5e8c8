"""Entries in SQL: appended to their spaces' chains, searched, and read in order."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, Final, final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.audit.finding import find
from notion_gateway.audit.questions import Question, tokens_of
from notion_gateway.audit.rules.chain import (
    BEGINNING,
    ChainCheck,
    Ends,
    Link,
    chained,
    is_proven,
    proven,
)
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.writing import may_have_changed
from notion_gateway.storage.database import Database
from notion_gateway.storage.rows import insert_whole, upsert
from notion_gateway.storage.schema.audit import audit_ends, audit_entries, audit_pages

log = structlog.stdlib.get_logger()

_e, _p, _n = audit_entries.c, audit_pages.c, audit_ends.c
_FIELDS: Final = tuple(one.name for one in fields(Entry))
_values_of: Final = attrgetter(*_FIELDS)
_PAGES: Final = _FIELDS.index("pages")
_READ_AT_ONCE: Final = 2000
_ASKED_AT_ONCE: Final = 1000
"""Pages in one statement."""

Keys = Callable[[], Sequence[bytes]]
"""The first makes new codes; any of them may have made the old ones."""


@dataclass(frozen=True, slots=True)
class Kept:
    link: Link
    entry: Entry


@dataclass(frozen=True, slots=True)
class FoundBy:
    """What stands beside a page that an entry named; ``writes`` is None where nothing does yet."""

    at: float | None
    writes: bool | None

    def is_of(self, entry: Entry) -> bool:
        """Or says nothing else of it: what is said to write is judged anew when it is asked for."""
        if self.writes is None:
            return True
        return self.at == entry.at and (self.writes or not may_have_changed(entry))


@final
class AuditStore:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database = database
        self.keys = keys
        self._one_at_a_time = asyncio.Lock()
        self._unsure: dict[str, Link] = {}
        """Where a commit's answer was lost: the last link that it would have made."""

    async def append(self, entries: Mapping[str, Sequence[Entry]]) -> None:
        """At the ends of the spaces' chains, all or none. After StoreUnavailable the same may be
        appended again: what had been stored after all is noticed, and not stored twice.
        """
        async with self._one_at_a_time, self.database.writing() as connection:
            # In one order everywhere, so that no two gateways wait for each other.
            for space_id in sorted(entries):
                ends, last_number = await self._locked(connection, space_id)
                if await self._was_stored(connection, space_id, ends):
                    continue
                # Rows beyond the newest are not the gateway's: they keep their numbers, and what
                # comes after them does not follow from them.
                before = Link(max(ends.newest.number, last_number), ends.newest.code)
                links = chained(self.keys()[0], space_id, before, entries[space_id])
                rows = [_row(space_id, *one) for one in links]
                await insert_whole(connection, audit_entries, rows)
                pages = [row for one in links for row in _page_rows(space_id, *one)]
                if pages:
                    await insert_whole(connection, audit_pages, pages)
                self._unsure[space_id] = links[-1][0]
                await self._move(connection, ends, replace(ends, newest=links[-1][0]))
        self._unsure.clear()

    async def _was_stored(self, connection: AsyncConnection, space_id: str, ends: Ends) -> bool:
        unsure = self._unsure.get(space_id)
        if unsure is None or unsure.number > ends.newest.number:
            return False
        query = sa.select(_e.code).where(_e.space_id == space_id, _e.number == unsure.number)
        return (await connection.execute(query)).scalar_one_or_none() == unsure.code

    async def _locked(self, connection: AsyncConnection, space_id: str) -> tuple[Ends, int]:
        """And the highest number that there is. Nobody else appends to the space until the
        transaction ends.
        """
        empty = proven(self.keys()[0], Ends(space_id, BEGINNING, BEGINNING))
        new = upsert(connection.dialect.name, audit_ends).values(_ends_row(empty))
        await connection.execute(new.on_conflict_do_nothing())
        query = sa.select(audit_ends).where(_n.space_id == space_id).with_for_update()
        ends = _ends((await connection.execute(query)).one())
        highest = sa.select(sa.func.max(_e.number)).where(_e.space_id == space_id)
        return ends, (await connection.execute(highest)).scalar_one() or 0

    async def _move(self, connection: AsyncConnection, before: Ends, ends: Ends) -> None:
        """Where ``before`` is not what was written, nothing that is written now proves it."""
        if is_proven(self.keys(), before):
            ends = proven(self.keys()[0], ends)
        else:
            log.error("audit_chain_broken", space_id=ends.space_id)
        moved = sa.update(audit_ends).where(_n.space_id == ends.space_id)
        await connection.execute(moved.values(_ends_row(ends)))

    async def delete_before(self, space_id: str, at: float, at_most: int) -> int:
        """The oldest entries that ended before ``at``, up to the first that did not, or that is not
        what was written: what is wrong with the chain shall be found, and not go with the rest. How
        many; the chain begins after them then.
        """
        async with self.database.writing() as connection:
            ends, _ = await self._locked(connection, space_id)
            if not is_proven(self.keys(), ends):
                return 0  # what is wrong with it shall be found
            oldest = (
                sa.select(audit_entries)
                .where(_e.space_id == space_id, _e.number > ends.kept_after.number)
                .order_by(_e.number)
                .limit(at_most)
            )
            last: Link | None = None
            check, genuine = ChainCheck(self.keys, ends), 0
            for row in await connection.execute(oldest):
                kept = _kept(row)
                if kept.entry.at >= at:
                    break
                check.take([(kept.link, kept.entry)])
                if check.fault is not None:
                    log.error("audit_chain_broken", space_id=space_id, number=check.fault.number)
                if check.checked == genuine:
                    break
                genuine, last = check.checked, kept.link
            if last is None:
                return 0
            for table in (audit_entries, audit_pages):
                past = sa.and_(table.c.space_id == space_id, table.c.number <= last.number)
                await connection.execute(sa.delete(table).where(past))
            await self._move(connection, ends, replace(ends, kept_after=last))
            return last.number - ends.kept_after.number

    async def spaces(self) -> Sequence[str]:
        every = sa.union(sa.select(_n.space_id), sa.select(_e.space_id)).subquery()
        async with self.database.reading() as connection:
            return (await connection.scalars(sa.select(every).order_by(*every.c))).all()

    async def ends(self, space_id: str) -> Ends | None:
        """None where nothing was ever kept of the space. Where there are entries, but nothing that
        says between which ends, these ends have no proof.
        """
        query = sa.select(audit_ends).where(_n.space_id == space_id)
        any_entry = sa.select(_e.number).where(_e.space_id == space_id).limit(1)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is not None:
                return _ends(row)
            is_empty = (await connection.execute(any_entry)).one_or_none() is None
        return None if is_empty else Ends(space_id, BEGINNING, BEGINNING)

    async def find(self, space_id: str, question: Question, limit: int) -> Sequence[Kept]:
        """The newest first."""
        async with self.database.reading() as connection:
            rows = await find(connection, space_id, question, limit)
        return [_kept(row) for row in rows]

    async def programs(self, space_id: str, user_id: str | None) -> Mapping[str, str]:
        """By token, the program that called with it last, as it called itself; of one person's
        calls, or of all.
        """
        tokens = tokens_of(space_id)
        newest = (
            sa.select(_e.number)
            .where(_e.space_id == space_id, _e.token == tokens.c.token, _e.kind == Kind.CALL)
            .order_by(_e.at.desc(), _e.number.desc())
            .limit(1)
            .correlate(tokens)
            .scalar_subquery()
        )
        last = audit_entries.alias("last")
        query = sa.select(last.c.token, last.c.client).join(
            tokens, sa.and_(last.c.space_id == space_id, last.c.number == newest)
        )
        if user_id is not None:
            query = query.where(last.c.user_id == user_id)
        async with self.database.reading() as connection:
            return {row.token: row.client for row in await connection.execute(query)}

    async def in_order(self, ends: Ends) -> AsyncGenerator[Sequence[Kept]]:
        """All of the chain from its beginning, some at a time."""
        after = ends.kept_after.number
        while after < ends.newest.number:
            query = (
                sa.select(audit_entries)
                .where(_e.space_id == ends.space_id, _e.number > after)
                .order_by(_e.number)
                .limit(_READ_AT_ONCE)
            )
            async with self.database.reading() as connection:
                found = [_kept(row) for row in await connection.execute(query)]
            if not found:
                return
            yield found
            after = found[-1].link.number

    async def found_by_page(
        self, space_id: str, kept: Sequence[Kept]
    ) -> Mapping[tuple[int, str], FoundBy]:
        """Of entries that follow each other, by number and page: by which pages each is found."""
        pages = sorted({page for one in kept for page in one.entry.pages})
        found: dict[tuple[int, str], FoundBy] = {}
        async with self.database.reading() as connection:
            for begin in range(0, len(pages), _ASKED_AT_ONCE):
                query = sa.select(_p.number, _p.page, _p.at, _p.writes).where(
                    _p.space_id == space_id,
                    _p.page.in_(pages[begin : begin + _ASKED_AT_ONCE]),
                    _p.number.between(kept[0].link.number, kept[-1].link.number),
                )
                for number, page, at, writes in await connection.execute(query):
                    found[number, page] = FoundBy(at, writes)
        return found

    async def not_named(self, ends: Ends) -> int | None:
        """The first entry of the chain that is found by a page that it does not name."""
        first: int | None = None
        after = ("", 0)
        while True:
            query = (
                sa.select(_p.page, _p.number, _e.pages)
                .outerjoin(
                    audit_entries,
                    sa.and_(_e.space_id == _p.space_id, _e.number == _p.number),
                )
                .where(
                    _p.space_id == ends.space_id,
                    sa.tuple_(_p.page, _p.number) > sa.tuple_(*map(sa.literal, after)),
                )
                .order_by(_p.page, _p.number)
                .limit(_READ_AT_ONCE)
            )
            async with self.database.reading() as connection:
                rows = (await connection.execute(query)).all()
            if not rows:
                return first
            for page, number, pages in rows:
                in_chain = ends.kept_after.number < number <= ends.newest.number
                if in_chain and page not in (pages or ()):
                    first = number if first is None else min(first, number)
            after = (rows[-1].page, rows[-1].number)


def _row(space_id: str, link: Link, entry: Entry) -> tuple[object, ...]:
    values: list[object] = [*_values_of(entry)]
    values[_PAGES] = json.dumps(entry.pages) if entry.pages else "[]"
    return space_id, link.number, *values, link.code


def _page_rows(space_id: str, link: Link, entry: Entry) -> Iterator[tuple[object, ...]]:
    if entry.pages:
        writes = may_have_changed(entry)
        for page in entry.pages:
            yield space_id, page, link.number, entry.at, writes


def _kept(row: sa.Row[Any]) -> Kept:
    given: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    given |= {"kind": Kind(row.kind), "pages": tuple(row.pages)}
    entry = Entry(**given)
    return Kept(Link(row.number, bytes(row.code)), entry)


def _ends_row(ends: Ends) -> dict[str, Any]:
    return {
        "space_id": ends.space_id,
        "kept_after": ends.kept_after.number,
        "kept_after_code": ends.kept_after.code,
        "newest": ends.newest.number,
        "newest_code": ends.newest.code,
        "proof": ends.proof,
    }


def _ends(row: sa.Row[Any]) -> Ends:
    return Ends(
        row.space_id,
        Link(row.kept_after, bytes(row.kept_after_code)),
        Link(row.newest, bytes(row.newest_code)),
        bytes(row.proof),
    )
