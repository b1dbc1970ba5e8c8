"""What is to be delivered, in SQL: taken by one gateway at a time, until it says how that ended.

Whoever takes a message has it for a minute. One that is killed meanwhile, or whose answer was
lost, leaves it to the next: a message comes at least once, with the same id each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, final

import sqlalchemy as sa

from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.notices.rules.retries import GIVEN_UP_AFTER_SECONDS, Failure, Progress
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.notices import webhook_deliveries

HELD_SECONDS: Final = 60.0
TOLD_FOR: Final = timedelta(days=90)
"""Longer than a warning's time, 30 days: while the row is there, nobody is warned again."""
_t = webhook_deliveries.c


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

    async def take(self, now: float, at_most: int) -> Sequence[Delivery]:
        """Those whose time has come, the oldest of each webhook: one that is slow keeps no other
        waiting.
        """
        is_due = (_t.progress == Progress.PENDING) & (_t.next_at <= now)
        place = sa.func.row_number().over(
            partition_by=_t.webhook_id, order_by=[_t.created_at, _t.delivery_id]
        )
        ranked = sa.select(_t.delivery_id, place.label("place")).where(is_due).subquery()
        first = sa.select(ranked.c.delivery_id).where(ranked.c.place == 1)
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

    async def resend(
        self, space_id: str, webhook_id: str, delivery_id: str, now: float
    ) -> Delivery | None:
        """Once more, with three days again; None where there is no such message."""
        theirs = (_t.webhook_id == webhook_id) & (_t.space_id == space_id)
        again = (
            sa.update(webhook_deliveries)
            .where(_t.delivery_id == delivery_id, theirs)
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
            row = (await connection.execute(again)).one_or_none()
        return None if row is None else _delivery(row)


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
