"""When the database was last restored from a backup: what it held then may be out of date."""

from datetime import UTC, datetime
from typing import Literal, final

import sqlalchemy as sa
from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.event_streams import EventStreams
from notion_gateway.storage.schema.grants import secrets

_ID = "restores"


class DatabaseRestored(Record):
    """Everything in the database that is from before ``at`` came out of a backup."""

    type: Literal["DatabaseRestored"] = "DatabaseRestored"
    at: AwareDatetime


DATABASE_EVENT_TYPES: EventTypes[DatabaseRestored] = EventTypes(DatabaseRestored)


@final
class Restores:
    """The stream ``database/restores``. Gateways look at it when they start: a database is restored
    while none of them runs.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams = EventStreams(
            database, "database", DATABASE_EVENT_TYPES, what="the database"
        )

    async def last(self) -> datetime | None:
        """By the database's clock; None where it never was. Raises StoreUnavailable."""
        for one in await self._streams.page(_ID, limit=1):
            if isinstance(one.event, DatabaseRestored):
                return one.event.at
        return None

    async def note(self) -> None:
        """It was restored just now: after everything in it was stored, also where this database's
        clock is behind the one of then. Raises StoreUnavailable, and VersionConflict where somebody
        notes it at the same time.
        """
        newest = await self._streams.page(_ID, limit=1)
        stored = sa.select(sa.func.coalesce(sa.func.max(secrets.c.created_at), 0.0))
        query = sa.select(database_now(), stored.scalar_subquery())
        async with self._database.reading() as connection:
            now, last = (await connection.execute(query)).one()
        event = DatabaseRestored(at=datetime.fromtimestamp(max(now, last), UTC))
        await self._streams.append(_ID, newest[-1].version if newest else 0, [event])
