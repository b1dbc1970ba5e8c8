"""Spaces in SQL: the stream decides, and a table made from it answers whose spaces are whose."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.issuer_refresh_tokens import drop_of_leaver
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import (
    SPACE_EVENT_TYPES,
    Role,
    SpaceEvent,
    SpaceGrantsChosen,
    up_to_deletion,
)
from notion_gateway.access.space_tables import end_tokens, project
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.event_streams import EventStreams, InTransaction, Told
from notion_gateway.storage.folded_streams import FoldedStreams, Format
from notion_gateway.storage.schema.access import (
    space_invitations,
    space_members,
    spaces,
)


@dataclass(frozen=True, slots=True)
class NamedSpace:
    space_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """One of somebody's spaces, and what they are in it.

    ``is_chosen``: they made the space or accepted an invitation; nobody merely added them.
    """

    space_id: str
    name: str
    role: Role
    created_at: datetime
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class OwnInvitation:
    """To a space that somebody does not belong to yet."""

    space_id: str
    name: str
    role: Role
    invited_at: datetime
    invited_by: str


WRITTEN = Format(8, TypeAdapter(Space), Space)

MAX_INVITATIONS = 100
"""How many of somebody's invitations are shown: anybody may invite anybody."""


class SpaceStore:
    """Streams ``space/{space_id}``, and who belongs where as a table made from them."""

    def __init__(self, database: Database, told: Sequence[Told[SpaceEvent]] = ()) -> None:
        self._database = database
        self._told = told
        self.streams = EventStreams(
            database, "space", SPACE_EVENT_TYPES, what="who belongs to space"
        )
        self._states = FoldedStreams(self.streams, WRITTEN)

    async def load(self, space_id: str) -> Space:
        """Raises HistoryUnreadable and StoreUnavailable."""
        return await self._states.load(space_id)

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: Sequence[SpaceEvent],
        state: Space | None = None,
        only_if: InTransaction | None = None,
    ) -> None:
        """As ``EventStreams.append``; other processes are told. ``state``: what the stream adds up
        to then, which is written down now and again. ``only_if``: in the same transaction, which
        what it raises undoes.
        """
        matters = up_to_deletion(events)

        async def also(connection: AsyncConnection) -> None:
            if only_if is not None:
                await only_if(connection)
            for event in matters:
                await project(connection, space_id, event)
            version = expected_version + len(events)
            await leave_notice(connection, Topic.ACCESS, space_id, version)
            if any(isinstance(event, SpaceGrantsChosen) for event in events):
                await leave_notice(connection, Topic.GRANTS, space_id, version)
            for tell in self._told:
                await tell(connection, space_id, expected_version, matters)
            for event in matters:
                await end_tokens(connection, space_id, event)
                await drop_of_leaver(connection, event)
            if state is not None and events:
                for step in self._states.kept(space_id, expected_version, state, events[-1]):
                    await step.take(connection)

        await self.streams.append(space_id, expected_version, events, also=also)

    async def of_user(self, user_id: str) -> Sequence[Membership]:
        """The spaces somebody belongs to, by name. A version that knows no deletions may have added
        them to one that is deleted.
        """
        query = (
            sa.select(spaces, space_members.c.role, space_members.c.is_chosen)
            .join(space_members, space_members.c.space_id == spaces.c.space_id)
            .where(space_members.c.user_id == user_id, spaces.c.deleted_at.is_(None))
            .order_by(sa.func.lower(spaces.c.name), spaces.c.space_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Membership(
                row.space_id, row.name, Role(row.role), in_utc(row.created_at), row.is_chosen
            )
            for row in rows
        ]

    async def by_word_of(self, issuer: str, user_id: str) -> Collection[str]:
        """Where somebody belongs by an issuer's word, or by nobody knows whose: a version that did
        not say it may have written the row. What counts is the stream.
        """
        m = space_members.c
        query = sa.select(m.space_id).where(
            m.user_id == user_id, (m.issuer == issuer) | m.issuer.is_(None)
        )
        async with self._database.reading() as connection:
            return frozenset((await connection.scalars(query)).all())

    async def invitations_of(
        self, user_id: str, since: datetime, space_id: str | None = None
    ) -> Sequence[OwnInvitation]:
        """Those made after ``since``, to one space or to any: the newest first, and no more than
        MAX_INVITATIONS.
        """
        query = (
            sa.select(space_invitations, spaces.c.name)
            .join(spaces, spaces.c.space_id == space_invitations.c.space_id)
            .where(space_invitations.c.user_id == user_id, spaces.c.deleted_at.is_(None))
            .where(space_invitations.c.invited_at > since)
            .where(sa.true() if space_id is None else space_invitations.c.space_id == space_id)
            .where(~_belongs_already)
            .order_by(space_invitations.c.invited_at.desc(), space_invitations.c.space_id)
            .limit(MAX_INVITATIONS)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            OwnInvitation(
                row.space_id, row.name, Role(row.role), in_utc(row.invited_at), row.invited_by
            )
            for row in rows
        ]

    async def all(self) -> Sequence[NamedSpace]:
        """Every space, by name."""
        there = sa.select(spaces).where(spaces.c.deleted_at.is_(None))
        query = there.order_by(sa.func.lower(spaces.c.name), spaces.c.space_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [NamedSpace(row.space_id, row.name, in_utc(row.created_at)) for row in rows]


_belongs_already = sa.exists().where(
    space_members.c.space_id == space_invitations.c.space_id,
    space_members.c.user_id == space_invitations.c.user_id,
)
"""A version that knows no invitations may have added them, and left the row."""
