"""OAuth state in SQL: taking it is one DELETE … RETURNING, so it is taken once."""

from datetime import datetime
from typing import final

import sqlalchemy as sa

from notion_gateway.ports import SealedSecret
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import oauth_states
from notion_gateway.vault.sealed import from_json, to_json


@final
class SqlStateStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, sealed: SealedSecret, expires_at: datetime) -> None:
        row = {"state_key": key, "expires_at": expires_at, "sealed": to_json(sealed)}
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(oauth_states), row)

    async def take(self, key: str, now: datetime) -> SealedSecret | None:
        mine = oauth_states.c.state_key == key
        async with self._database.writing() as connection:
            # What nobody came back for goes with whatever comes by.
            expired = sa.delete(oauth_states).where(oauth_states.c.expires_at <= now)
            await connection.execute(expired)
            taken = sa.delete(oauth_states).where(mine).returning(oauth_states.c.sealed)
            document = (await connection.execute(taken)).scalar_one_or_none()
        return None if document is None else from_json(document)
