"""Tables made from the streams of spaces, in the transactions that append to them; and what others
ask of them in transactions of their own.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.access.rules.space_events import (
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
)
from notion_gateway.kernel.errors import OwnerRequired, SpaceNotAccessible
from notion_gateway.storage.schema.access import (
    gateway_tokens,
    space_invitations,
    space_members,
    spaces,
)

_t = gateway_tokens.c

NO_ISSUER: Final = ""
"""By nobody's word, as the table of members has it."""


async def project(connection: AsyncConnection, space_id: str, event: SpaceEvent) -> None:
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


async def end_tokens(connection: AsyncConnection, space_id: str, event: SpaceEvent) -> None:
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
