"""Spaces in SQL: the stream decides, and a table made from it answers whose spaces are whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space import (
    SPACE_EVENT_TYPES,
    AnySpaceEvent,
    Role,
    SpaceCreated,
    SpaceEvent,
    SpaceMemberAdded,
    SpaceMemberRemoved,
    SpaceRenamed,
)
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.event_streams import EventStreams
from notion_gateway.storage.schema import space_members, spaces


@dataclass(frozen=True, slots=True)
class NamedSpace:
    space_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """One of somebody's spaces, and what they are in it."""

    space_id: str
    name: str
    role: Role
    created_at: datetime


class SpaceStore:
    """Streams ``space/{space_id}``, and who belongs where as a table made from them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams = EventStreams(
            database, "space", SPACE_EVENT_TYPES, what="who belongs to space"
        )

    async def load(self, space_id: str) -> Sequence[AnySpaceEvent]:
        """Raises HistoryUnreadable and StoreUnavailable."""
        return [recorded.event for recorded in await self._streams.load(space_id)]

    async def append(
        self, space_id: str, expected_version: int, events: Sequence[SpaceEvent]
    ) -> None:
        """As ``EventStreams.append``; other processes are told."""

        async def also(connection: AsyncConnection) -> None:
            for event in events:
                await _project(connection, space_id, event)
            version = expected_version + len(events)
            await leave_notice(connection, Topic.ACCESS, space_id, version)

        await self._streams.append(space_id, expected_version, events, also)

    async def of_user(self, user_id: str) -> Sequence[Membership]:
        """The spaces somebody belongs to, by name."""
        query = (
            sa.select(spaces, space_members.c.role)
            .join(space_members, space_members.c.space_id == spaces.c.space_id)
            .where(space_members.c.user_id == user_id)
            .order_by(sa.func.lower(spaces.c.name), spaces.c.space_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Membership(row.space_id, row.name, Role(row.role), in_utc(row.created_at))
            for row in rows
        ]

    async def all(self) -> Sequence[NamedSpace]:
        """Every space, by name."""
        query = sa.select(spaces).order_by(sa.func.lower(spaces.c.name), spaces.c.space_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [NamedSpace(row.space_id, row.name, in_utc(row.created_at)) for row in rows]


async def _project(connection: AsyncConnection, space_id: str, event: SpaceEvent) -> None:
    match event:
        case SpaceCreated():
            row = {"space_id": space_id, "name": event.name, "created_at": event.at}
            await connection.execute(sa.insert(spaces), row)
            await _put_member(connection, space_id, event.created_by, Role.OWNER)
        case SpaceRenamed():
            mine = spaces.c.space_id == space_id
            await connection.execute(sa.update(spaces).where(mine).values(name=event.name))
        case SpaceMemberAdded():
            await _put_member(connection, space_id, event.user_id, event.role)
        case SpaceMemberRemoved():
            await _drop_member(connection, space_id, event.user_id)


async def _put_member(connection: AsyncConnection, space_id: str, user_id: str, role: Role) -> None:
    await _drop_member(connection, space_id, user_id)
    row = {"space_id": space_id, "user_id": user_id, "role": role}
    await connection.execute(sa.insert(space_members), row)


async def _drop_member(connection: AsyncConnection, space_id: str, user_id: str) -> None:
    theirs = (space_members.c.space_id == space_id) & (space_members.c.user_id == user_id)
    await connection.execute(sa.delete(space_members).where(theirs))
