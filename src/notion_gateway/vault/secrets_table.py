"""How many stored secrets each key wraps, and a few of them: what a rotation still has before
it, and whether the keys that are here are the ones that were used.
"""

from collections.abc import Mapping, Sequence
from typing import final

import sqlalchemy as sa

from notion_gateway.ports import SealedSecret
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import sealed_secret
from notion_gateway.storage.schema import secrets


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

    async def samples(self, each: int) -> Mapping[str, Sequence[SealedSecret]]:
        """By key id, a few of the secrets under each. Raises StoreUnavailable.

        One look into the index for each key, however many secrets there are.
        """
        found: dict[str, Sequence[SealedSecret]] = {}
        following, after = sa.func.min(secrets.c.key_id), ""
        async with self._database.reading() as connection:
            while True:
                query = sa.select(following).where(secrets.c.key_id > after)
                key_id = await connection.scalar(query)
                if key_id is None:
                    return found
                query = sa.select(secrets).where(secrets.c.key_id == key_id).limit(each)
                found[key_id] = [sealed_secret(row) for row in await connection.execute(query)]
                after = key_id
