"""How many stored secrets each key wraps: what a rotation still has before it."""

from collections.abc import Mapping
from typing import final

import sqlalchemy as sa

from notion_gateway.adapters.database import Database
from notion_gateway.adapters.schema import secrets


@final
class SqlKeyUsage:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> Mapping[str, int]:
        """By key id; a key that wraps nothing is absent. Raises StoreUnavailable."""
        query = sa.select(secrets.c.key_id, sa.func.count()).group_by(secrets.c.key_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {str(key_id): int(count) for key_id, count in rows}
