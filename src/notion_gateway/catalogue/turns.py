"""Who looks at the tools of which grant, and when: each grant is one gateway's at a time.

Whoever takes a grant has it until it says what came of the look, half an hour at most: one that is
killed meanwhile leaves it to the next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.catalogue.rules.tools import LookFailure
from notion_gateway.integration.rules.events import (
    Authorized,
    Disconnected,
    Event,
    Grant,
    TokenRefreshed,
)
from notion_gateway.integration.rules.grant_ids import MEMBER
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.catalogue import catalogue_changes, catalogues
from notion_gateway.storage.schema.grants import secrets

HELD_SECONDS: Final = 1800.0
AGAIN_AFTER_SECONDS: Final = 60.0
"""After a look, the next one waits at least so long, whatever Notion says how often."""
FORGOTTEN_AFTER: Final = timedelta(days=30)
_LONGEST_TOKEN_SECONDS: Final = 7 * 24 * 3600.0
"""Notion's access tokens live for hours; an older one is not asked for how long exactly."""
_t = catalogues.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A grant that somebody looks with. ``claim`` names the look, which began ``since``."""

    grant_id: str
    claim: str
    since: float


@final
@dataclass(frozen=True)
class Turns:
    """Every method raises StoreUnavailable. ``is_on``: whether anybody looks at all."""

    database: Database
    is_on: bool = True

    async def follow_grants(
        self, connection: AsyncConnection, grant_id: str, version: int, events: Sequence[Event]
    ) -> None:
        """In the transaction that appends ``events``: a new grant is looked at soon, and nothing
        stays of one that was disconnected. A space's catalogue is that of its shared grant; a
        member's own is theirs.
        """
        del version
        for event in events:
            match event:
                case Authorized() | TokenRefreshed(grant=Grant()) if self.is_on:
                    await _expect(connection, grant_id, event.at.timestamp())
                case Disconnected():
                    for table in (catalogue_changes, catalogues):
                        mine = table.c.space_id == grant_id
                        await connection.execute(sa.delete(table).where(mine))
                case _:
                    pass

    async def expect_missing(self, now: float) -> int:
        """Grants that a gateway of an older version has got; how many."""
        connected = secrets.c.field == "access_token"
        without = ~sa.exists().where(_t.space_id == secrets.c.space_id)
        found = sa.select(secrets.c.space_id, sa.literal(now))
        found = found.where(connected, without).distinct()
        async with self.database.autocommit() as connection:
            new = upsert(connection.dialect.name, catalogues)
            rows = new.from_select(["space_id", "due_at"], found, include_defaults=False)
            return (await connection.execute(rows.on_conflict_do_nothing())).rowcount

    async def heard_in(self, space_id: str, now: float) -> None:
        """That its lists have changed: with each of its grants there is a look soon."""
        theirs = _t.space_id.startswith(f"{space_id}{MEMBER}", autoescape=True)
        await self._heard((_t.space_id == space_id) | theirs, now)

    async def heard(self, grant_id: str, now: float) -> None:
        """A person wants to know. There is a look soon."""
        await self._heard(_t.space_id == grant_id, now)

    async def _heard(self, these: sa.ColumnElement[bool], now: float) -> None:
        earliest = _t.looked_at + AGAIN_AFTER_SECONDS
        wanted = sa.case((earliest > now, earliest), else_=now)
        # Of a look under way nobody knows whether it comes too early: its end sees ``heard_at``.
        due_at = sa.case(((_t.claim == "") & (_t.due_at > wanted), wanted), else_=_t.due_at)
        news = sa.update(catalogues).values(heard_at=now, due_at=due_at)
        async with self.database.autocommit() as connection:
            await connection.execute(news.where(these))

    async def expect_where_old(self, these: Collection[str], now: float, old: float) -> None:
        """Of these grants, those that were looked at before ``old`` are due now. Nothing is written
        where there are none.
        """
        is_old = (
            _t.space_id.in_(these) & (_t.looked_at < old) & (_t.claim == "") & (_t.due_at > now)
        )
        async with self.database.reading() as connection:
            found = (await connection.scalars(sa.select(_t.space_id).where(is_old))).all()
        if found:
            due = sa.update(catalogues).where(_t.space_id.in_(found), is_old).values(due_at=now)
            async with self.database.autocommit() as connection:
                await connection.execute(due)

    async def is_any_due(self, now: float) -> bool:
        """Asked first: it takes no lock."""
        async with self.database.reading() as connection:
            due = sa.select(sa.exists().where(_t.due_at <= now))
            return bool((await connection.execute(due)).scalar_one())

    async def take(self, now: float, at_most: int) -> Sequence[Taken]:
        """Those whose time has come."""
        is_due = _t.due_at <= now
        # A CTE: PostgreSQL may run a subquery more than once, and lock other rows each time.
        some = (
            sa.select(_t.space_id)
            .where(is_due)
            .order_by(_t.due_at)
            .limit(at_most)
            .with_for_update(skip_locked=True)
            .cte("some")
        )
        # Asked again of each row: another gateway may have taken it since it was found.
        taken = (
            sa.update(catalogues)
            .where(_t.space_id.in_(sa.select(some.c.space_id)), is_due)
            .values(claim=random_identifier(), due_at=now + HELD_SECONDS)
            .returning(_t.space_id, _t.claim)
        )
        async with self.database.writing() as connection:
            rows = (await connection.execute(taken)).all()
        return [Taken(row.space_id, row.claim, now) for row in rows]

    async def put_off(
        self, these: Collection[Taken], now: float, until: float, failure: LookFailure | None = None
    ) -> None:
        """No list was got; ``failure`` where a look was tried."""
        if not these:
            return
        since = min(one.since for one in these)
        soon = min(until, now + AGAIN_AFTER_SECONDS)
        values: dict[str, object] = {
            "claim": "",
            "due_at": sa.case((_t.heard_at >= since, soon), else_=until),
        }
        if failure is not None:
            values |= {"failure": failure.value, "looked_at": now}
        mine = _t.space_id.in_([one.grant_id for one in these])
        mine &= _t.claim.in_({one.claim for one in these})
        async with self.database.autocommit() as connection:
            await connection.execute(sa.update(catalogues).where(mine).values(values))

    async def in_use(self, these: Collection[Taken]) -> frozenset[str]:
        """Those whose access token may still be valid: the others are not called by anybody."""
        since = database_now() - _LONGEST_TOKEN_SECONDS
        new = (secrets.c.field == "access_token") & (secrets.c.created_at >= since)
        mine = secrets.c.space_id.in_([one.grant_id for one in these])
        async with self.database.reading() as connection:
            return frozenset(
                (await connection.scalars(sa.select(secrets.c.space_id).where(mine, new))).all()
            )


def forgotten(now: datetime) -> sa.ColumnElement[bool]:
    """Whose grant has had no tokens for long. Until then a new consent is compared with what was
    there before.
    """
    has_tokens = sa.exists().where(
        secrets.c.space_id == _t.space_id, secrets.c.field == "access_token"
    )
    return ~has_tokens & (_t.looked_at < (now - FORGOTTEN_AFTER).timestamp())


def left_over(now: datetime) -> sa.ColumnElement[bool]:
    """Changes of a grant of which nothing else is known."""
    del now
    return ~sa.exists().where(_t.space_id == catalogue_changes.c.space_id)


async def _expect(connection: AsyncConnection, grant_id: str, now: float) -> None:
    new = upsert(connection.dialect.name, catalogues).values(space_id=grant_id, due_at=now)
    await connection.execute(
        new.on_conflict_do_update(index_elements=[_t.space_id], set_={"due_at": now})
    )
