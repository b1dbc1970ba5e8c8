"""Notices of change, left in the transaction that made it, for the other processes' caches."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema import changes
from notion_gateway.storage.topics import Topic


async def leave_notice(
    connection: AsyncConnection, topic: Topic, space_id: str, version: int
) -> None:
    row = {"topic": topic, "space_id": space_id, "version": version, "at": database_now()}
    await connection.execute(sa.insert(changes).values(row))
