"""How many grants there are, and how long they last without use: for the metrics, not for calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from notion_gateway.integration.rules.events import (
    AuthorizationFailed,
    Authorized,
    Disconnected,
    TokenRefreshed,
)
from notion_gateway.integration.rules.expiry import IDLE_LIMIT
from notion_gateway.integration.rules.integration import Status
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now, seconds_ago
from notion_gateway.storage.schema.events import events
from notion_gateway.storage.schema.grants import is_access_token, secrets

IDLE_LIMIT_DAYS: Final = IDLE_LIMIT.total_seconds() / (24 * 3600.0)
"""After which Notion forgets a refresh token that nobody uses."""
LAPSING_WITHIN_DAYS: Final = (1, 3, 7, 9)
_DAY: Final = 24 * 3600.0
_AFTER: Final = sa.bindparam("after", type_=sa.Text)
_AT_ONCE: Final = sa.bindparam("at_once", type_=sa.Integer)
_STATUS: Final[Mapping[str, Status]] = {
    Authorized.model_fields["type"].default: Status.CONNECTED,
    TokenRefreshed.model_fields["type"].default: Status.CONNECTED,
    AuthorizationFailed.model_fields["type"].default: Status.RECONNECT_REQUIRED,
    Disconnected.model_fields["type"].default: Status.DISCONNECTED,
}
"""Which the last of these events leaves behind; no other event changes it."""


def _by_last_event() -> sa.Select[str | None, int, str | None]:
    """Of the next streams, so many at most: how many end in each type of event, and the last one's
    name. From one stream to the next by the primary key, without reading the events between them.
    """
    first = sa.select(sa.func.min(events.c.stream).label("stream"), sa.literal(1).label("number"))
    streams = first.where(events.c.stream > _AFTER).cte("streams", recursive=True)
    after = sa.select(sa.func.min(events.c.stream)).where(events.c.stream > streams.c.stream)
    streams = streams.union_all(
        sa.select(after.scalar_subquery(), streams.c.number + 1).where(
            streams.c.stream.is_not(None), streams.c.number < _AT_ONCE
        )
    )
    last = (
        sa.select(events.c.type)
        .where(events.c.stream == streams.c.stream, events.c.type.in_(_STATUS))
        .order_by(events.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_grants = streams.c.stream.like("notion-integration/%")
    each = sa.select(sa.case((is_grants, last)).label("type"), streams.c.stream)
    found = each.where(streams.c.stream.is_not(None)).subquery()
    kind: sa.ColumnElement[str | None] = found.c.type
    newest = sa.select(sa.func.max(streams.c.stream)).scalar_subquery()
    return sa.select(kind, sa.func.count(), newest).group_by(found.c.type)


def _by_age() -> sa.Select[*tuple[Any, ...]]:
    """Only living grants have secrets, and every renewal stores a new access token."""
    stored, count = secrets.c.created_at, sa.select(sa.func.count()).where(is_access_token)
    lapsing = [
        count.where(stored < seconds_ago((IDLE_LIMIT_DAYS - days) * _DAY))
        .scalar_subquery()
        .label(f"in_{days}")
        for days in LAPSING_WITHIN_DAYS
    ]
    oldest = sa.select(database_now() - sa.func.min(stored)).where(is_access_token)
    return sa.select(oldest.scalar_subquery().label("oldest"), *lapsing)


STREAMS_AT_ONCE: Final = 2000
"""A statement over all of them would take longer than one may where there are a million."""
_BY_LAST_EVENT: Final = _by_last_event()
BY_AGE: Final = _by_age()


@dataclass(frozen=True, slots=True)
class Grants:
    """``days_left``: until Notion forgets the grant that was renewed longest ago, None without
    one; ``lapsing``: how many it forgets within so many days, if nobody renews them.
    """

    by_status: Mapping[Status, int]
    days_left: float | None
    lapsing: Mapping[int, int]


@final
class GrantFigures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self) -> Grants:
        """Takes longer the more spaces there are, in more statements. Raises StoreUnavailable."""
        by_status = dict.fromkeys(Status, 0)
        after: str | None = ""
        while after is not None:
            given = {"after": after, "at_once": STREAMS_AT_ONCE}
            async with self._database.reading() as connection:
                rows = (await connection.execute(_BY_LAST_EVENT, given)).all()
            for kind, count, _ in rows:
                if kind is not None:
                    by_status[_STATUS[kind]] += count
            after = rows[0][2] if rows else None
        async with self._database.reading() as connection:
            row = (await connection.execute(BY_AGE)).mappings().one()
        oldest: float | None = row["oldest"]
        days_left = None if oldest is None else IDLE_LIMIT_DAYS - oldest / _DAY
        lapsing = {days: int(row[f"in_{days}"]) for days in LAPSING_WITHIN_DAYS}
        return Grants(by_status, days_left, lapsing)
