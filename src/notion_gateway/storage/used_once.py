"""Keys that may be used once: whoever inserts the row first has used it."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import used_once


@final
class UsedOnce:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def use(self, key: str, expires_at: datetime, now: datetime) -> bool:
        """True the first time, False from then on until ``expires_at``, whoever asks.

        Raises StoreUnavailable.
        """
        return await self.use_all([key], expires_at, now)

    async def use_all(self, keys: Sequence[str], expires_at: datetime, now: datetime) -> bool:
        """The same of several, of which none is used where one was used before."""
        expired = sa.delete(used_once).where(used_once.c.expires_at <= now)
        rows = [{"key": key, "expires_at": expires_at} for key in sorted(set(keys))]
        try:
            async with self._database.writing() as connection:
                await connection.execute(expired)
                await connection.execute(sa.insert(used_once), rows)
        except IntegrityError:
            return False
        return True
