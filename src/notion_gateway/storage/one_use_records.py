"""Short-lived records that are taken once, such as the state of an OAuth consent under way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, final

import sqlalchemy as sa

from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import oauth_states


class OneUseRecords(Protocol):
    """In the database, or in Redis. Documents are JSON objects; what is secret in them has been
    sealed before.
    """

    async def put(self, key: str, document: Mapping[str, Any], expires_at: datetime) -> None:
        """Raises StoreUnavailable."""
        ...

    async def take(self, key: str, now: datetime) -> dict[str, Any] | None:
        """Removes and returns it, to one caller only; None when unknown, taken or expired.

        Raises StoreUnavailable.
        """
        ...


@final
class SqlOneUseRecords:
    """Taking one is one DELETE … RETURNING, so it is taken once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, document: Mapping[str, Any], expires_at: datetime) -> None:
        row = {"state_key": key, "expires_at": expires_at, "sealed": dict(document)}
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(oauth_states), row)

    async def take(self, key: str, now: datetime) -> dict[str, Any] | None:
        mine = oauth_states.c.state_key == key
        async with self._database.writing() as connection:
            # What nobody came back for goes with whatever comes by.
            expired = sa.delete(oauth_states).where(oauth_states.c.expires_at <= now)
            await connection.execute(expired)
            taken = sa.delete(oauth_states).where(mine).returning(oauth_states.c.sealed)
            return (await connection.execute(taken)).scalar_one_or_none()
