"""Programs lose what people gave them who are removed from a space, or whose space is deleted.

In the transaction that appends these events, so that nothing is left that would count again once
the person comes back. Grants first, then what was made of them, as whoever revokes them does; their
access tokens end with all others (``access/space_tables.py``).
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space_events import (
    SpaceDeleted,
    SpaceEvent,
    SpaceMemberRemoved,
)
from notion_gateway.storage.schema.clients import (
    client_grants,
    client_refresh_tokens,
    device_logins,
    machine_clients,
)

_g, _d = client_grants.c, device_logins.c


async def end_programs(
    connection: AsyncConnection, space_id: str, _: int, events: Sequence[SpaceEvent]
) -> None:
    """Of a member: MCP clients and command lines, with codes and logins that no program has fetched
    yet. Of a space: machines as well.
    """
    for event in events:
        if isinstance(event, SpaceMemberRemoved):
            theirs = (_g.space_id == space_id) & (_g.user_id == event.user_id)
            ended = {"revoked_at": event.at, "revoked_by": event.removed_by}
            await _end_grants(connection, theirs, ended)
            allowed = (_d.space_id == space_id) & (_d.user_id == event.user_id)
            await _expire_logins(connection, allowed)
        if isinstance(event, SpaceDeleted):
            ended = {"revoked_at": event.at, "revoked_by": event.deleted_by}
            await _end_grants(connection, _g.space_id == space_id, ended)
            machines = machine_clients.c
            good = (machines.space_id == space_id) & machines.revoked_at.is_(None)
            await connection.execute(sa.update(machine_clients).where(good).values(ended))
            await _expire_logins(connection, _d.space_id == space_id)


async def _end_grants(
    connection: AsyncConnection, which: sa.ColumnElement[bool], ended: Mapping[str, object]
) -> None:
    good = which & _g.revoked_at.is_(None)
    await connection.execute(sa.update(client_grants).where(good).values(ended))
    refresh = client_refresh_tokens.c.grant_id.in_(sa.select(_g.grant_id).where(which))
    await connection.execute(sa.delete(client_refresh_tokens).where(refresh))


async def _expire_logins(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    unused = which & _d.grant_id.is_(None)
    expired = sa.update(device_logins).where(unused).values(expires_at=_d.created_at)
    await connection.execute(expired)
