"""Spaces in SQL: the stream decides, and a table made from it answers whose spaces are whose."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import (
    SPACE_EVENT_TYPES,
    Role,
    SpaceCreated,
    SpaceDeleted,
    SpaceEvent,
    SpaceGrantsChosen,
    SpaceInvitationEnded,
    SpaceInvitationLinkEnded,
    SpaceInvitationLinkMade,
    SpaceMemberAdded,
    SpaceMemberInvited,
    SpaceMemberRemoved,
    SpaceRenamed,
    SpaceWorkloadAllowed,
    SpaceWorkloadEnded,
    up_to_deletion,
)
from notion_gateway.kernel.errors import OwnerRequired, SpaceNotAccessible
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.event_streams import EventStreams, InTransaction, Told
from notion_gateway.storage.folded_streams import FoldedStreams, Format
from notion_gateway.storage.schema.access import (
    gateway_tokens,
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


_t = gateway_tokens.c

WRITTEN = Format(8, TypeAdapter(Space), Space)

NO_ISSUER: Final = ""
"""By nobody's word, as the table has it."""

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
                await _project(connection, space_id, event)
            version = expected_version + len(events)
            await leave_notice(connection, Topic.ACCESS, space_id, version)
            if any(isinstance(event, SpaceGrantsChosen) for event in events):
                await leave_notice(connection, Topic.GRANTS, space_id, version)
            for tell in self._told:
                await tell(connection, space_id, expected_version, matters)
            for event in matters:
                await _end_tokens(connection, space_id, event)
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


async def _project(connection: AsyncConnection, space_id: str, event: SpaceEvent) -> None:
    match event:
        case SpaceCreated():
            row = {"space_id": space_id, "name": event.name, "created_at": event.at}
            await connection.execute(sa.insert(spaces), row)
            made = SpaceMemberAdded(
                at=event.at,
                user_id=event.created_by,
                role=Role.OWNER,
                added_by=event.created_by,
                accepted=True,
            )
            await _put_member(connection, space_id, made)
        case SpaceRenamed():
            mine = spaces.c.space_id == space_id
            await connection.execute(sa.update(spaces).where(mine).values(name=event.name))
        case SpaceMemberAdded():
            await _put_member(connection, space_id, event)
            await _drop(connection, space_invitations, space_id, event.user_id)
        case SpaceMemberRemoved():
            for table in (space_members, space_invitations):
                await _drop(connection, table, space_id, event.user_id)
        case SpaceMemberInvited():
            await _drop(connection, space_invitations, space_id, event.user_id)
            row = {
                "space_id": space_id,
                "user_id": event.user_id,
                "role": event.role,
                "invited_at": event.at,
                "invited_by": event.invited_by,
            }
            await connection.execute(sa.insert(space_invitations), row)
        case SpaceInvitationEnded():
            await _drop(connection, space_invitations, space_id, event.user_id)
        case SpaceDeleted():
            await _delete(connection, space_id, event)
        case (
            SpaceGrantsChosen()
            | SpaceWorkloadAllowed()
            | SpaceWorkloadEnded()
            | SpaceInvitationLinkMade()
            | SpaceInvitationLinkEnded()
        ):
            pass


async def _delete(connection: AsyncConnection, space_id: str, event: SpaceDeleted) -> None:
    """Its row stays: what is left to be done is found by it."""
    mine = spaces.c.space_id == space_id
    deleted = {"deleted_at": event.at, "keeps_audit": event.keeps_audit}
    await connection.execute(sa.update(spaces).where(mine).values(deleted))
    for table in (space_members, space_invitations):
        await connection.execute(sa.delete(table).where(table.c.space_id == space_id))


async def _end_tokens(connection: AsyncConnection, space_id: str, event: SpaceEvent) -> None:
    """After all else that ends with them, as whoever revokes a grant does it: of two at once, one
    waits for the other.
    """
    match event:
        case SpaceMemberRemoved():
            # A machine's tokens are in its own name: it is the space's, and stays.
            which = (_t.user_id == event.user_id) & (_t.kind != TokenKind.MACHINE)
            by = event.removed_by
        case SpaceWorkloadEnded():
            which, by = _t.grant_id == event.workload_id, event.ended_by
        case SpaceDeleted():
            which, by = sa.true(), event.deleted_by
        case _:
            return
    good = (_t.space_id == space_id) & _t.revoked_at.is_(None) & which
    ended = {"revoked_at": event.at, "revoked_by": by}
    await connection.execute(sa.update(gateway_tokens).where(good).values(ended))


async def require_role(
    connection: AsyncConnection, space_id: str, user_id: str, needed: Role = Role.MEMBER
) -> None:
    """In the transaction that gives somebody something in the space, before anything else of it:
    whoever removes them, or gives them another role, waits for it and ends what it gave, or was
    first, and it gives nothing. Raises SpaceNotAccessible or OwnerRequired.
    """
    theirs = (space_members.c.space_id == space_id) & (space_members.c.user_id == user_id)
    role = sa.select(space_members.c.role).where(theirs).with_for_update(read=True)
    found = await connection.scalar(role)
    if found is None:
        raise SpaceNotAccessible
    if not Role(found).covers(needed):
        raise OwnerRequired


async def _put_member(connection: AsyncConnection, space_id: str, event: SpaceMemberAdded) -> None:
    """Another role leaves it as it is whether they chose to belong, and by whose word they do."""
    who, role, issuer = event.user_id, event.role, event.issuer
    theirs = (space_members.c.space_id == space_id) & (space_members.c.user_id == who)
    changed: dict[str, object] = {"role": role}
    if event.kept or issuer is not None:
        changed["issuer"] = NO_ISSUER if event.kept else issuer
    known = await connection.execute(sa.update(space_members).where(theirs).values(changed))
    if known.rowcount == 0:
        row = {
            "space_id": space_id,
            "user_id": who,
            "role": role,
            "is_chosen": event.accepted,
            "issuer": issuer or NO_ISSUER,
        }
        await connection.execute(sa.insert(space_members), row)


async def _drop(connection: AsyncConnection, table: sa.Table, space_id: str, user_id: str) -> None:
    theirs = (table.c.space_id == space_id) & (table.c.user_id == user_id)
    await connection.execute(sa.delete(table).where(theirs))
