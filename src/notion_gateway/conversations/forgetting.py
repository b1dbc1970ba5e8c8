"""What goes of conversations with a person, a space or a conversation: rows and keys together."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.conversations.rows import of
from notion_gateway.conversations.rules import Owner
from notion_gateway.storage.schema.conversations import (
    conversation_keepers,
    conversation_messages,
    conversations,
    shared_conversations,
)
from notion_gateway.storage.schema.grants import secrets

_k, _s = conversation_keepers.c, shared_conversations.c


async def forget(connection: AsyncConnection, owner: Owner) -> None:
    """All that somebody keeps or shares in a space, and the keys to it."""
    mine = of(conversation_keepers, owner)
    # First in line, as whoever changes something of the same person.
    key = await connection.scalar(sa.select(_k.secret_id).where(mine).with_for_update())
    if key is None:
        return
    await connection.execute(sa.delete(secrets).where(secrets.c.secret_id == key))
    await end_shares(connection, of(shared_conversations, owner))
    for table in (conversation_messages, conversations, conversation_keepers):
        await connection.execute(sa.delete(table).where(of(table, owner)))


async def forget_keys(connection: AsyncConnection, space_id: str) -> None:
    """All that anybody keeps or shares in a space cannot be opened any more. Of the rows, which may
    be many, only the keepers' go.
    """
    here = _k.space_id == space_id
    for keys in (
        sa.select(_k.secret_id).where(here),
        sa.select(_s.secret_id).where(_s.space_id == space_id),
    ):
        await connection.execute(sa.delete(secrets).where(secrets.c.secret_id.in_(keys)))
    await connection.execute(sa.delete(conversation_keepers).where(here))


async def end_shares(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> int:
    """With their keys. Returns how many there were."""
    keys = sa.select(_s.secret_id).where(which)
    await connection.execute(sa.delete(secrets).where(secrets.c.secret_id.in_(keys)))
    return (await connection.execute(sa.delete(shared_conversations).where(which))).rowcount
