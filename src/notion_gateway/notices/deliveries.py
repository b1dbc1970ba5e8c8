"""What is to be delivered, in SQL: taken by one gateway at a time, until it says how that ended.

Whoever takes a message has it for a minute. One that is killed meanwhile, or whose answer was
lost, leaves it to the next: a message comes at least once, with the same id each time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, final

import sqlalchemy as sa

from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.notices.outbox import OPERATORS_MAIL
from notion_gateway.notices.rules.addresses import MAILTO
from notion_gateway.notices.rules.retries import GIVEN_UP_AFTER_SECONDS, Failure, Progress
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.notices import webhook_deliveries, webhooks

HELD_SECONDS: Final = 60.0
TOLD_FOR: Final = timedelta(days=90)
"""Longer than a warning's time, 30 days: while the row is there, nobody is warned again."""
MAILS_AT_ONCE: Final = 5
_t = webhook_deliveries.c
_is_mail = sa.func.coalesce(webhooks.c.url, "").startswith(MAILTO)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one webhook. Times in seconds since 1970; ``attempts``: how often it was tried
    since it was written, or sent again. ``next_at`` counts while it is pending.
    """

    delivery_id: str
    webhook_id: str
    space_id: str
    kind: str
    payload: dict[str, Any]
    created_at: float
    progress: Progress
    attempts: int
    next_at: float
    give_up_at: float
    claim: str
    attempted_at: float | None
    http_status: int | None
    reason: Failure | None


@final
@dataclass(frozen=True)
class Deliveries:
    """Every method raises StoreUnavailable."""

    database: Database

    async def take(
        self, now: float, at_most: int, busy: Collection[str] = ()
    ) -> Sequence[Delivery]:
        """Those whose time has come, the oldest of each address: one that is slow keeps no other
        waiting. ``busy``: webhooks with an attempt under way; their addresses get none. Of e-mail,
        which all goes to one server, so many that it cannot take everybody's room.
        """
        is_due = (_t.progress == Progress.PENDING) & (_t.next_at <= now)
        oldest = [_t.created_at, _t.delivery_id]
        address = sa.func.coalesce(webhooks.c.url, _t.webhook_id)
        is_mail = sa.or_(_is_mail, _t.webhook_id == OPERATORS_MAIL)
        ranked = (
            sa.select(
                *oldest,
                is_mail.label("is_mail"),
                _place(address, oldest).label("of_address"),
            )
            .outerjoin_from(webhook_deliveries, webhooks, webhooks.c.webhook_id == _t.webhook_id)
            .where(is_due, _t.webhook_id.not_in(busy), address.not_in(_addresses(busy)))
            .subquery()
        )
        r = ranked.c
        firsts = (
            sa.select(
                r.delivery_id,
                r.is_mail,
                _place(r.is_mail, [r.created_at, r.delivery_id]).label("of_kind"),
            )
            .where(r.of_address == 1)
            .subquery()
        )
        has_room = ~firsts.c.is_mail | (firsts.c.of_kind <= MAILS_AT_ONCE - _mails(busy))
        first = sa.select(firsts.c.delivery_id).where(has_room)
        # A CTE: PostgreSQL may run a subquery more than once, and lock other rows each time.
        some = (
            sa.select(_t.delivery_id)
            .where(_t.delivery_id.in_(first), is_due)
            .order_by(_t.next_at)
            .limit(at_most)
            .with_for_update(skip_locked=True)
            .cte("some")
        )
        # Asked again of each row: another gateway may have taken it since it was found.
        taken = (
            sa.update(webhook_deliveries)
            .where(_t.delivery_id.in_(sa.select(some.c.delivery_id)), is_due)
            .values(claim=random_identifier(), next_at=now + HELD_SECONDS, attempts=_t.attempts + 1)
            .returning(webhook_deliveries)
        )
        async with self.database.writing() as connection:
            return [_delivery(row) for row in (await connection.execute(taken)).all()]

    async def is_any_due(self, now: float) -> bool:
        """Asked first: it takes no lock."""
        due = sa.exists().where(_t.progress == Progress.PENDING, _t.next_at <= now)
        async with self.database.reading() as connection:
            return bool((await connection.execute(sa.select(due))).scalar_one())

    async def delivered(self, one: Delivery, now: float, http_status: int) -> None:
        values = {"progress": Progress.DELIVERED, "http_status": http_status, "reason": None}
        await self._end(one, attempted_at=now, **values)

    async def failed(
        self,
        one: Delivery,
        now: float,
        reason: Failure,
        http_status: int | None,
        next_at: float | None,
    ) -> None:
        """``next_at``: None gives it up."""
        progress = Progress.GIVEN_UP if next_at is None else Progress.PENDING
        await self._end(
            one,
            attempted_at=now,
            progress=progress,
            reason=reason,
            http_status=http_status,
            next_at=now if next_at is None else next_at,
        )

    async def give_back(self, one: Delivery, now: float) -> None:
        """Not tried to the end: whoever comes next tries it again."""
        await self._end(one, next_at=now, attempts=one.attempts - 1)

    async def _end(self, one: Delivery, **values: object) -> None:
        """Nothing where somebody else has it by now."""
        mine = (_t.delivery_id == one.delivery_id) & (_t.claim == one.claim)
        async with self.database.autocommit() as connection:
            await connection.execute(
                sa.update(webhook_deliveries).where(mine).values(claim="", **values)
            )

    async def of_webhook(self, space_id: str, webhook_id: str, at_most: int) -> Sequence[Delivery]:
        """The newest first."""
        query = (
            sa.select(webhook_deliveries)
            .where(_t.webhook_id == webhook_id, _t.space_id == space_id)
            .order_by(_t.created_at.desc(), _t.delivery_id)
            .limit(at_most)
        )
        async with self.database.reading() as connection:
            return [_delivery(row) for row in (await connection.execute(query)).all()]

    async def newest(
        self, at_most: int, *, space_id: str | None = None, progress: Progress | None = None
    ) -> Sequence[Delivery]:
        """Of all spaces, or of one; the newest first."""
        query = sa.select(webhook_deliveries)
        if space_id is not None:
            query = query.where(_t.space_id == space_id)
        if progress is not None:
            query = query.where(_t.progress == progress)
        query = query.order_by(_t.created_at.desc(), _t.delivery_id).limit(at_most)
        async with self.database.reading() as connection:
            return [_delivery(row) for row in (await connection.execute(query)).all()]

    async def resend(
        self, space_id: str, webhook_id: str, delivery_id: str, now: float
    ) -> Delivery | None:
        """Once more, with three days again; None where there is no such message."""
        theirs = (_t.webhook_id == webhook_id) & (_t.space_id == space_id)
        found = await self._again((_t.delivery_id == delivery_id) & theirs, now)
        return found[0] if found else None

    async def resend_named(self, delivery_ids: Collection[str], now: float) -> Sequence[Delivery]:
        """The same of whatever webhook; those that there are."""
        return await self._again(_t.delivery_id.in_(delivery_ids), now)

    async def resend_given_up(self, now: float, space_id: str | None = None) -> Sequence[Delivery]:
        """The same of all that were given up, of all spaces or of one."""
        given_up = _t.progress == Progress.GIVEN_UP
        theirs = sa.true() if space_id is None else _t.space_id == space_id
        return await self._again(given_up & theirs, now)

    async def _again(self, which: sa.ColumnElement[bool], now: float) -> Sequence[Delivery]:
        again = (
            sa.update(webhook_deliveries)
            .where(which)
            .values(
                progress=Progress.PENDING,
                attempts=0,
                next_at=now,
                give_up_at=now + GIVEN_UP_AFTER_SECONDS,
                claim="",
            )
            .returning(webhook_deliveries)
        )
        async with self.database.writing() as connection:
            return [_delivery(row) for row in (await connection.execute(again)).all()]


def _place(within: sa.ColumnElement[Any], order: Sequence[sa.ColumnElement[Any]]) -> sa.Over[int]:
    return sa.func.row_number().over(partition_by=within, order_by=order)


def _addresses(busy: Collection[str]) -> sa.Select[tuple[str]]:
    return sa.select(webhooks.c.url).where(webhooks.c.webhook_id.in_(busy))


def _mails(busy: Collection[str]) -> sa.ColumnElement[int]:
    """How many of them are of e-mail."""
    counted = sa.select(sa.func.count()).where(webhooks.c.webhook_id.in_(busy), _is_mail)
    return counted.scalar_subquery() + int(OPERATORS_MAIL in busy)


def told_before(now: datetime) -> sa.ColumnElement[bool]:
    """Whose time as a record of what was told is over."""
    is_over = _t.progress != Progress.PENDING
    return is_over & (_t.created_at < (now - TOLD_FOR).timestamp())


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        webhook_id=row.webhook_id,
        space_id=row.space_id,
        kind=row.kind,
        payload=row.payload,
        created_at=row.created_at,
        progress=Progress(row.progress),
        attempts=row.attempts,
        next_at=row.next_at,
        give_up_at=row.give_up_at,
        claim=row.claim,
        attempted_at=row.attempted_at,
        http_status=row.http_status,
        # A newer version's reason is not known here, and must not keep anything from being sent.
        reason=Failure(row.reason) if row.reason in tuple(Failure) else None,
    )
