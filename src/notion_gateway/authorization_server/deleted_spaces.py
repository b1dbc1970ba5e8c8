"""Programs lose what they were given in a space that is deleted."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space_events import SpaceDeleted, SpaceEvent
from notion_gateway.storage.schema.clients import (
    client_grants,
    client_refresh_tokens,
    machine_clients,
)


async def follow_deletion(
    connection: AsyncConnection, space_id: str, _: int, events: Sequence[SpaceEvent]
) -> None:
    """In the transaction that deletes it: MCP clients, command lines and machines. Their access
    tokens end with all others of the space.
    """
    for event in events:
        if not isinstance(event, SpaceDeleted):
            continue
        ended = {"revoked_at": event.at, "revoked_by": event.deleted_by}
        for table in (client_grants, machine_clients):
            good = (table.c.space_id == space_id) & table.c.revoked_at.is_(None)
            await connection.execute(sa.update(table).where(good).values(ended))
        theirs = sa.select(client_grants.c.grant_id).where(client_grants.c.space_id == space_id)
        await connection.execute(
            sa.delete(client_refresh_tokens).where(client_refresh_tokens.c.grant_id.in_(theirs))
        )
