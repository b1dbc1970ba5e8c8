"""Which members have a grant of their own: a table made from their streams, in their transactions.

Streams are not listed by space, and a person who has left is looked for by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space_events import SpaceEvent, SpaceMemberRemoved
from notion_gateway.integration.rules.events import Authorized, Disconnected, Event, TokenRefreshed
from notion_gateway.integration.rules.grant_ids import member_grant, member_of, space_of
from notion_gateway.storage.database import Database
from notion_gateway.storage.deleted_spaces import is_of_deleted
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.access import space_members, spaces
from notion_gateway.storage.schema.grants import member_grants, secrets

_t = member_grants.c


@dataclass(frozen=True, slots=True)
class MemberGrant:
    """``process_id`` names the grant that it was when this was read."""

    space_id: str
    user_id: str
    process_id: str

    @property
    def grant_id(self) -> str:
        return member_grant(self.space_id, self.user_id)


@dataclass(frozen=True, slots=True)
class SharedGrant:
    """``grant_id`` is the space's id."""

    grant_id: str
    process_id: str


async def project(connection: AsyncConnection, grant_id: str, events: Sequence[Event]) -> None:
    """In the transaction that appends ``events``; nothing to do for a space's shared grant."""
    user_id = member_of(grant_id)
    if user_id is None:
        return
    named = {"space_id": space_of(grant_id), "user_id": user_id}
    for event in events:
        grant = event.grant if isinstance(event, (Authorized, TokenRefreshed)) else None
        if grant is not None:
            row = {**named, "process_id": grant.process_id}
            put = upsert(connection.dialect.name, member_grants).values(row)
            changed = {"process_id": grant.process_id, "left_at": None}
            await connection.execute(
                put.on_conflict_do_update(index_elements=[_t.space_id, _t.user_id], set_=changed)
            )
        if isinstance(event, Disconnected):
            theirs = (_t.space_id == named["space_id"]) & (_t.user_id == user_id)
            await connection.execute(sa.delete(member_grants).where(theirs))


async def follow_leavers(
    connection: AsyncConnection, space_id: str, _: int, events: Sequence[SpaceEvent]
) -> None:
    """In the transaction that removes somebody: their grant is to be ended, also where they come
    back before a gateway has looked.
    """
    for event in events:
        if isinstance(event, SpaceMemberRemoved):
            theirs = (_t.space_id == space_id) & (_t.user_id == event.user_id)
            left = sa.update(member_grants).where(theirs).values(left_at=event.at)
            await connection.execute(left)


@final
class MemberGrants:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_space(
        self, space_id: str, *, after: str = "", at_most: int
    ) -> Sequence[MemberGrant]:
        """Those that live, or that Notion has ended and nobody has removed, by user id: the first
        ``at_most`` of those behind ``after``.
        """
        query = sa.select(member_grants).where(_t.space_id == space_id, _t.user_id > after)
        return await self._found(query.order_by(_t.user_id).limit(at_most))

    async def of_nobody(self, space_id: str | None = None) -> Sequence[MemberGrant]:
        """Those whose person has left the space, of one space or of all. Who belongs to a space
        that an application looks after, nobody can tell here.
        """
        belongs = sa.exists().where(
            space_members.c.space_id == _t.space_id, space_members.c.user_id == _t.user_id
        )
        is_known = sa.exists().where(spaces.c.space_id == _t.space_id)
        query = sa.select(member_grants).where(is_known, ~belongs | _t.left_at.is_not(None))
        if space_id is not None:
            query = query.where(_t.space_id == space_id)
        return await self._found(query)

    async def of_deleted(self, space_id: str | None = None) -> Sequence[SharedGrant]:
        """The shared grants that live in spaces that were deleted: of one, or of all."""
        held = secrets.c
        query = (
            sa.select(held.space_id, held.process_id)
            .distinct()
            .where(held.field == "access_token", is_of_deleted(secrets))
        )
        if space_id is not None:
            query = query.where(held.space_id == space_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [SharedGrant(row.space_id, row.process_id) for row in rows]

    async def _found(self, query: sa.Select[*tuple[str, ...]]) -> Sequence[MemberGrant]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [MemberGrant(row.space_id, row.user_id, row.process_id) for row in rows]
