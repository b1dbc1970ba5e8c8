"""Conversations that somebody shares with the members of a space, in SQL.

What is shared is a copy, as the conversation was at that moment, sealed with a key of its own:
whoever reads it opens nothing else of that person's, and once it ends its key is destroyed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.conversations.forgetting import end_shares
from notion_gateway.conversations.keys import seal_of
from notion_gateway.conversations.rows import (
    at,
    messages_of,
    of,
    one,
    place,
    read_head,
    read_message,
)
from notion_gateway.conversations.rules import Owner, require_room_to_share, shown
from notion_gateway.conversations.sealing import Seal, new_key
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest, SecretUnreadable
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.storage.database import Database
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.conversations import (
    conversation_keepers,
    conversation_messages,
    conversations,
    shared_conversations,
)
from notion_gateway.vault.sealed import SecretContext
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault

_s, _t = shared_conversations.c, conversations.c
_NAMES: Final = ("space_id", "user_id", "conversation_id")
"""Of the conversation that is shared."""
FIELD: Final = "share_key"


@dataclass(frozen=True, slots=True)
class Share:
    """That a conversation is shared. ``shared_at``: in seconds since 1970."""

    share_id: str
    shared_at: float


@dataclass(frozen=True, slots=True)
class OwnShare:
    """One that somebody has made themselves. ``title``: what its conversation is called now."""

    share: Share
    conversation_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What others read. ``messages`` as ``shown`` makes them."""

    share: Share
    shared_by: str
    title: str
    messages: Sequence[Mapping[str, Any]]


@final
@dataclass(frozen=True)
class SharedConversations:
    """Every method raises StoreUnavailable, and SecretUnreadable for what was altered."""

    database: Database
    vault: Vault
    secrets: SecretsTable
    clock: Clock

    async def put(
        self, owner: Owner, conversation_id: str, message_ids: Sequence[str]
    ) -> Share | None:
        """Shares those messages, in that order, or what is there now instead of what was shared
        before, under the same name. None where there is no such conversation. Raises
        InvalidRequest where one of the messages is not kept, or there is no room.
        """
        async with self.database.writing() as connection:
            kept = await self._kept(connection, owner, conversation_id, message_ids)
            if kept is None:
                return None
            share_id, secret_id = await self._names(connection, owner, conversation_id)
            seal = await self._seal(connection, owner, share_id, secret_id)
            content = seal.close(kept, conversation_id, "shared", share_id)
            share = Share(share_id, self.clock.timestamp())
            new = {"shared_at": share.shared_at, "content": content, "bytes": len(content)}
            row = place(owner, conversation_id) | {"share_id": share_id, "secret_id": secret_id}
            put = upsert(connection.dialect.name, shared_conversations).values(row | new)
            await connection.execute(put.on_conflict_do_update(index_elements=_NAMES, set_=new))
            theirs = sa.select(sa.func.sum(_s.bytes)).where(of(shared_conversations, owner))
            all_bytes = int(await connection.scalar(theirs) or 0)
            require_room_to_share(len(message_ids), len(content), all_bytes)
        return share

    async def find(self, owner: Owner, conversation_id: str) -> Share | None:
        """Whether a conversation of one's own is shared, and since when as it is."""
        here = at(shared_conversations, owner, conversation_id)
        async with self.database.reading() as connection:
            query = sa.select(_s.share_id, _s.shared_at).where(here, _is_kept())
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Share(row.share_id, row.shared_at)

    async def find_all(self, owner: Owner) -> Sequence[OwnShare]:
        """One's own in that space, the newest first."""
        theirs = sa.and_(*(_t[name] == _s[name] for name in _NAMES))
        query = (
            sa.select(conversations, _s.share_id, _s.shared_at)
            .join(shared_conversations, theirs)
            .where(of(shared_conversations, owner))
            .order_by(_s.shared_at.desc(), _s.share_id)
        )
        async with self.database.reading() as connection:
            seal = await seal_of(connection, self.secrets, self.vault, owner)
            if seal is None:
                return []
            rows = (await connection.execute(query)).all()
        now = self.clock.timestamp()
        return [
            OwnShare(
                Share(row.share_id, row.shared_at),
                row.conversation_id,
                read_head(seal, row, now).title,
            )
            for row in rows
        ]

    async def read(self, space_id: str, share_id: str) -> Shared | None:
        """For members of the space. None where nothing is shared under that name any more."""
        here = (_s.space_id == space_id) & (_s.share_id == share_id)
        async with self.database.reading() as connection:
            query = sa.select(shared_conversations).where(here, _is_kept())
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            owner = Owner(space_id, row.user_id)
            seal = await self._seal(connection, owner, share_id, row.secret_id)
        content = seal.open(row.content, row.conversation_id, "shared", share_id)
        share = Share(share_id, row.shared_at)
        return Shared(share, row.user_id, content["title"], content["messages"])

    async def end(self, owner: Owner, conversation_id: str) -> None:
        """Of one's own; also where it is not shared."""
        await self._end(at(shared_conversations, owner, conversation_id))

    async def end_of(self, space_id: str, share_id: str) -> None:
        """Of anybody in the space."""
        await self._end((_s.space_id == space_id) & (_s.share_id == share_id))

    async def _end(self, which: sa.ColumnElement[bool]) -> None:
        async with self.database.writing() as connection:
            ended = await end_shares(connection, which)
        if ended:
            await self.secrets.scrub()

    async def _kept(
        self,
        connection: AsyncConnection,
        owner: Owner,
        conversation_id: str,
        message_ids: Sequence[str],
    ) -> dict[str, Any] | None:
        """What others are to read. Waits for whoever changes something of the same person."""
        keeper = conversation_keepers.c.user_id
        mine = sa.select(keeper).where(of(conversation_keepers, owner)).with_for_update()
        await connection.execute(mine)
        seal = await seal_of(connection, self.secrets, self.vault, owner)
        row = (await connection.execute(one(owner, conversation_id))).one_or_none()
        if seal is None or row is None:
            return None
        wanted = conversation_messages.c.message_id.in_(message_ids)
        rows = await connection.execute(
            messages_of(owner, [conversation_id]).where(wanted).order_by(None)
        )
        found = {row.message_id: row for row in rows}
        if missing := [name for name in message_ids if name not in found]:
            raise InvalidRequest(f"message_ids: {missing[0]} is not kept here: save it first.")
        title = read_head(seal, row, self.clock.timestamp()).title
        messages = [shown(read_message(seal, found[name])) for name in message_ids]
        return {"title": title, "messages": messages}

    async def _names(
        self, connection: AsyncConnection, owner: Owner, conversation_id: str
    ) -> tuple[str, str]:
        """The share's id and that of its key, which is made where there is none yet."""
        here = at(shared_conversations, owner, conversation_id)
        found = await connection.execute(sa.select(_s.share_id, _s.secret_id).where(here))
        if row := found.one_or_none():
            return row.share_id, row.secret_id
        share_id, secret_id = random_identifier(), random_identifier()
        sealed = self.vault.seal(new_key(), _context(owner, share_id, secret_id))
        for step in self.secrets.replaced([sealed], [], owner.space_id):
            await step.take(connection)
        return share_id, secret_id

    async def _seal(
        self, connection: AsyncConnection, owner: Owner, share_id: str, secret_id: str
    ) -> Seal:
        """The share's own."""
        sealed = await self.secrets.get_on(connection, secret_id, owner.space_id)
        if sealed is None or sealed.context != _context(owner, share_id, secret_id):
            raise SecretUnreadable(f"Secret {secret_id} is missing from the vault.")
        return Seal(owner, self.vault.open(sealed))


def _context(owner: Owner, share_id: str, secret_id: str) -> SecretContext:
    return SecretContext(secret_id, owner.space_id, share_id, FIELD)


def _is_kept() -> sa.ColumnElement[bool]:
    """The conversation that was shared is there: a share ends with it."""
    theirs = [_t[name] == _s[name] for name in _NAMES]
    return sa.exists().where(*theirs)


def left_over() -> sa.ColumnElement[bool]:
    """Rows of shares whose conversation is gone."""
    return ~_is_kept()
