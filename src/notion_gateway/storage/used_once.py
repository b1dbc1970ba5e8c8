"""What may be used once, in SQL: whoever inserts the row first has used it."""

from datetime import datetime
from typing import final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from notion_gateway.access.rules.principal import Once
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import used_once


@final
class SqlOnceStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def use(self, once: Once, now: datetime) -> bool:
        expired = sa.delete(used_once).where(used_once.c.expires_at <= now)
        row = {"key": once.key, "expires_at": once.expires_at}
        try:
            async with self._database.writing() as connection:
                await connection.execute(expired)
                await connection.execute(sa.insert(used_once), row)
        except IntegrityError:
            return False
        return True
