"""Spaces in SQL: the stream decides, and a table made from it answers whose spaces are whose."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space import (
    AnySpaceEvent,
    Role,
    SpaceCreated,
    SpaceEvent,
    SpaceMemberAdded,
    SpaceMemberRemoved,
    SpaceRenamed,
    space_event,
)
from notion_gateway.kernel.errors import HistoryUnreadable, VersionConflict
from notion_gateway.ports_identity import Membership, NamedSpace
from notion_gateway.storage.database import Database
from notion_gateway.storage.notices import leave_notice
from notion_gateway.storage.schema import events, space_members, spaces
from notion_gateway.storage.topics import Topic


@final
class SqlSpaceStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, space_id: str) -> Sequence[AnySpaceEvent]:
        query = (
            sa.select(events.c.data)
            .where(events.c.stream == _stream(space_id))
            .order_by(events.c.version)
        )
        async with self._database.reading() as connection:
            records = (await connection.scalars(query)).all()
        try:
            return [space_event(record) for record in records]
        except ValidationError:
            raise HistoryUnreadable(
                f"The history of who belongs to space {space_id} holds a damaged event: restore"
                " the database from a backup."
            ) from None

    async def append(
        self, space_id: str, expected_version: int, events: Sequence[SpaceEvent]
    ) -> None:
        try:
            await self._append(space_id, expected_version, events)
        except IntegrityError:
            raise VersionConflict from None

    async def _append(
        self, space_id: str, expected_version: int, new: Sequence[SpaceEvent]
    ) -> None:
        stream = _stream(space_id)
        async with self._database.writing() as connection:
            last = sa.select(sa.func.max(events.c.version)).where(events.c.stream == stream)
            if (await connection.scalar(last) or 0) != expected_version:
                raise VersionConflict
            for version, event in enumerate(new, start=expected_version + 1):
                row = {
                    "stream": stream,
                    "version": version,
                    "type": event.type,
                    "data": event.model_dump(mode="json"),
                }
                await connection.execute(sa.insert(events), row)
                await _project(connection, space_id, event)
            await leave_notice(connection, Topic.ACCESS, space_id, expected_version + len(new))

    async def of_user(self, user_id: str) -> Sequence[Membership]:
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


def in_utc(value: datetime) -> datetime:
    """SQLite forgets the zone; everything that is stored is in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _stream(space_id: str) -> str:
    return f"space/{space_id}"
