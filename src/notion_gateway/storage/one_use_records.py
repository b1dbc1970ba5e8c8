"""Short-lived records that are taken once, such as the state of an OAuth consent under way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, final

import sqlalchemy as sa

from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.grants import oauth_states


@dataclass(frozen=True, slots=True)
class Record:
    """One to be put. What is secret in ``document``, a JSON object, has been sealed before."""

    key: str
    document: Mapping[str, Any]
    expires_at: datetime


class OneUseRecords(Protocol):
    """In the database, or in Redis."""

    async def put(self, record: Record) -> None:
        """Raises StoreUnavailable."""
        ...

    async def take(
        self, key: str, now: datetime, leaving: Record | None = None
    ) -> dict[str, Any] | None:
        """Removes and returns it, to one caller only; None when unknown, taken or expired.
        ``leaving`` is put in the same step, for whoever comes later to find.

        Raises StoreUnavailable.
        """
        ...

    async def look(self, key: str, now: datetime) -> dict[str, Any] | None:
        """The same without removing it. Raises StoreUnavailable."""
        ...

    async def replace(self, record: Record) -> None:
        """One that is there; one that is gone is not put again. Raises StoreUnavailable."""
        ...


_t = oauth_states.c


@final
class SqlOneUseRecords:
    """Taking one is one DELETE … RETURNING, so it is taken once. What nobody came back for is
    deleted elsewhere (``expired_rows.py``).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, record: Record) -> None:
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(oauth_states), _row(record))

    async def take(
        self, key: str, now: datetime, leaving: Record | None = None
    ) -> dict[str, Any] | None:
        if await self.look(key, None) is None:
            return None  # a stranger's guess is no reason to write
        taken = sa.delete(oauth_states).where(_t.state_key == key)
        async with self._database.writing() as connection:
            row = (
                await connection.execute(taken.returning(_t.sealed, _t.expires_at))
            ).one_or_none()
            if row is None or now >= in_utc(row.expires_at):
                return None
            if leaving is not None:
                await connection.execute(sa.insert(oauth_states), _row(leaving))
            document: dict[str, Any] = row.sealed
            return document

    async def look(self, key: str, now: datetime | None) -> dict[str, Any] | None:
        query = sa.select(_t.sealed).where(_t.state_key == key)
        if now is not None:
            query = query.where(_t.expires_at > now)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def replace(self, record: Record) -> None:
        there = sa.update(oauth_states).where(_t.state_key == record.key)
        async with self._database.writing() as connection:
            await connection.execute(there.values(_row(record)))


def _row(record: Record) -> dict[str, Any]:
    return {
        "state_key": record.key,
        "expires_at": record.expires_at,
        "sealed": dict(record.document),
    }
