"""When a caller's request last went to Notion with each grant.

Taken from what is noted of each request anyway, many at a time and after they were answered, and
written down once a minute at most: a call neither waits for it nor writes a row.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, final

import sqlalchemy as sa
import structlog

from notion_gateway.http.request_log import Noted
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.storage.database import Database
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.grants import grant_uses, secrets

log = structlog.stdlib.get_logger()

EVERY_SECONDS: Final = 60.0
MOST: Final = 10_000
"""Grants whose use waits to be written down, in one process. The first of them make room: what is
known of them then is a minute older, or as old as the database has been away.
"""
_AT_ONCE: Final = 500
_PERSONAL: Final = "personal"
_t = grant_uses.c


@final
@dataclass
class GrantUses:
    """Several processes see the same grant, none of them in order: the newest counts."""

    database: Database
    every_seconds: float = EVERY_SECONDS
    _seen: dict[str, float] = field(init=False, repr=False, default_factory=dict[str, float])
    """Seconds since 1970, by grant: since it was last written down."""

    def take(self, noted: Sequence[Noted]) -> None:
        """What ``http/request_log.py`` has noted. A request that did not go on to Notion used no
        grant.
        """
        seen = self._seen
        for one in noted:
            called = one.called
            if one.sent_after and called.space_id:
                is_own = called.grant == _PERSONAL
                grant_id = (
                    member_grant(called.space_id, called.user_id) if is_own else called.space_id
                )
                if len(seen) >= MOST and grant_id not in seen:
                    del seen[next(iter(seen))]
                seen[grant_id] = one.at

    async def last(self, grant_id: str) -> datetime | None:
        """To about a minute; None where none is known. Raises StoreUnavailable."""
        query = sa.select(_t.called_at).where(_t.grant_id == grant_id)
        async with self.database.reading() as connection:
            written: float | None = await connection.scalar(query)
        at = max(written or 0.0, self._seen.get(grant_id, 0.0))
        return datetime.fromtimestamp(at, UTC) if at else None

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, and once more then."""
        while not await happens_within(stop, self.every_seconds):
            await self.write_down()
        await self.write_down()

    async def write_down(self) -> None:
        """Of all grants that were used since the last time."""
        seen, self._seen = self._seen, {}
        try:
            # In one order, as every process does: each row is locked until all are written.
            every = sorted(seen.items())
            for first in range(0, len(every), _AT_ONCE):
                await self._write(dict(every[first : first + _AT_ONCE]))
        except StoreUnavailable:
            self._seen = dict([*(seen | self._seen).items()][-MOST:])
            log.warning("grant_uses_not_recorded", grants=len(seen))

    async def _write(self, seen: Mapping[str, float]) -> None:
        async with self.database.writing() as connection:
            put = upsert(connection.dialect.name, grant_uses)
            newer = put.on_conflict_do_update(
                index_elements=[_t.grant_id],
                set_={"called_at": put.excluded.called_at},
                where=_t.called_at < put.excluded.called_at,
            )
            rows = [{"grant_id": one, "called_at": at} for one, at in seen.items()]
            await connection.execute(newer, rows)


def of_no_grant() -> sa.ColumnElement[bool]:
    """Rows whose grant has no token any more."""
    return ~sa.exists().where(secrets.c.space_id == _t.grant_id)
