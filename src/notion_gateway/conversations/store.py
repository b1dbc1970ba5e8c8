"""Conversations in SQL, one row for each message.

Every change counts up its person's counter, and that row is what changes of the same person wait
for: two devices that save at once both have their messages kept, and whoever asks for what came
after a change misses none.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.conversations.errors import ConversationUnknown
from notion_gateway.conversations.forgetting import end_shares, forget
from notion_gateway.conversations.keys import seal_of
from notion_gateway.conversations.rows import (
    Head,
    Kept,
    altered,
    at,
    closed_head,
    messages_of,
    of,
    one,
    place,
    read_head,
    read_message,
)
from notion_gateway.conversations.rules import (
    ANSWERING_SECONDS,
    Message,
    Owner,
    Saving,
    Size,
    is_found,
    require_room,
)
from notion_gateway.conversations.sealing import Seal, context_of, new_key
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.storage.database import Database
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.conversations import (
    conversation_keepers,
    conversation_messages,
    conversations,
    shared_conversations,
)
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault

_k, _t, _m = conversation_keepers.c, conversations.c, conversation_messages.c
_SEARCHED_AT_ONCE: Final = 20
"""Conversations whose messages a search has in memory."""


@final
@dataclass(frozen=True)
class ConversationStore:
    """Every method raises StoreUnavailable, and SecretUnreadable for what was altered."""

    database: Database
    vault: Vault
    secrets: SecretsTable
    clock: Clock
    _one_search: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    """At a time, and of each twenty conversations before the next one's turn comes: it opens
    megabytes, and takes processor time from the calls.
    """

    async def heads(
        self, owner: Owner, *, limit: int, before: int | None = None, words: Sequence[str] = ()
    ) -> Sequence[Head]:
        """The newest first; ``words``, in small letters, must all be in title or messages."""
        query = sa.select(conversations).where(of(conversations, owner))
        if before is not None:
            query = query.where(_t.message_change < before)
        query = query.order_by(_t.message_change.desc())
        async with self.database.reading() as connection:
            seal = await self._seal(connection, owner)
            if seal is None:
                return []
            rows = (await connection.execute(query if words else query.limit(limit))).all()
            now = self.clock.timestamp()
            heads = [read_head(seal, row, now) for row in rows]
        return await self._found(owner, heads, words, limit) if words else heads

    async def _found(
        self, owner: Owner, heads: Sequence[Head], words: Sequence[str], limit: int
    ) -> list[Head]:
        """Those of ``heads`` in which all the words are. What is sealed can only be searched by
        opening it, which is done beside the loop that serves calls.
        """
        found: list[Head] = []
        for first in range(0, len(heads), _SEARCHED_AT_ONCE):
            some = heads[first : first + _SEARCHED_AT_ONCE]
            query = messages_of(owner, [head.conversation_id for head in some])
            async with self._one_search, self.database.reading() as connection:
                seal = await self._seal(connection, owner)
                if seal is None:
                    return []  # all of them were deleted meanwhile
                rows = (await connection.execute(query)).all()
                found += await asyncio.to_thread(_matching, seal, some, rows, words)
            if len(found) >= limit:
                break
        return found[:limit]

    async def load(self, owner: Owner, conversation_id: str, after: int = 0) -> Kept | None:
        """With the messages that came or changed after that change. None where there is none."""
        these = messages_of(owner, [conversation_id])
        async with self.database.reading() as connection:
            seal = await self._seal(connection, owner)
            row = (await connection.execute(one(owner, conversation_id))).one_or_none()
            if seal is None or row is None:
                return None
            ids = (await connection.scalars(these.with_only_columns(_m.message_id))).all()
            changed = (await connection.execute(these.where(_m.change > after))).all()
        messages = {row.message_id: read_message(seal, row) for row in changed}
        return Kept(read_head(seal, row, self.clock.timestamp()), ids, messages)

    async def save(self, owner: Owner, conversation_id: str, saving: Saving) -> tuple[Head, int]:
        """What is there of other messages stays, and so does the title. Returns the head, and the
        conversation's change before, 0 where it is new. Raises InvalidRequest where there is no
        room, and ConversationUnknown where it is gone and only what is kept was to be saved.
        """
        now = self.clock.timestamp()
        async with self._changing(owner) as (connection, seal, change):
            row = (await connection.execute(one(owner, conversation_id))).one_or_none()
            if row is None and saving.only_if_kept:
                raise ConversationUnknown
            title = saving.title if row is None else read_head(seal, row, now).title
            await _put(connection, owner, conversation_id, saving, seal, change)
            messages, size = await _size(connection, owner, conversation_id)
            new: dict[str, object] = {
                "head": closed_head(seal, conversation_id, title, saving.problem),
                "updated_at": now,
                "change": change,
                "message_change": change,
                "bytes": size,
                "waiting": saving.waiting,
            }
            if saving.is_answering is not None:
                new["answering_until"] = now + ANSWERING_SECONDS if saving.is_answering else None
            if row is None:
                new |= {**place(owner, conversation_id), "created_at": now, "is_pinned": False}
                await connection.execute(sa.insert(conversations).values(new))
            else:
                await connection.execute(altered(owner, conversation_id, new))
            require_room(Size(messages, size, *await _sizes(connection, owner)))
            kept = (await connection.execute(one(owner, conversation_id))).one()
        return read_head(seal, kept, now), 0 if row is None else row.change

    async def alter(
        self,
        owner: Owner,
        conversation_id: str,
        title: str | None,
        is_pinned: bool | None,
        instead_of: str | None = None,
    ) -> Head | None:
        """What is None stays; its place among the others too. ``instead_of``: where it has another
        title than this, the title stays. None where there is none.
        """
        async with self._changing(owner) as (connection, seal, change):
            row = (await connection.execute(one(owner, conversation_id))).one_or_none()
            if row is None:
                return None
            now = self.clock.timestamp()
            head = read_head(seal, row, now)
            new: dict[str, object] = {"change": change}
            if title is not None and instead_of in (None, head.title):
                new["head"] = closed_head(seal, conversation_id, title, head.problem)
            if is_pinned is not None:
                new["is_pinned"] = is_pinned
            await connection.execute(altered(owner, conversation_id, new))
            kept = (await connection.execute(one(owner, conversation_id))).one()
        return read_head(seal, kept, now)

    async def stop(self, owner: Owner, conversation_id: str) -> bool:
        """Whoever writes an answer in it learns that with their next save. False where there is no
        such conversation.
        """
        stopped = altered(owner, conversation_id, {"stops": _t.stops + 1})
        async with self.database.writing() as connection:
            return (await connection.execute(stopped)).rowcount > 0

    async def delete(self, owner: Owner, conversation_id: str) -> bool:
        """False where there is none."""
        async with self._changing(owner) as (connection, _, _):
            theirs = at(conversation_messages, owner, conversation_id)
            await end_shares(connection, at(shared_conversations, owner, conversation_id))
            await connection.execute(sa.delete(conversation_messages).where(theirs))
            gone = sa.delete(conversations).where(at(conversations, owner, conversation_id))
            return (await connection.execute(gone)).rowcount > 0

    async def delete_all(self, owner: Owner) -> None:
        """With the key."""
        async with self.database.writing() as connection:
            await forget(connection, owner)
        await self.secrets.scrub()

    @asynccontextmanager
    async def _changing(self, owner: Owner) -> AsyncGenerator[tuple[AsyncConnection, Seal, int]]:
        """Whoever changes something of the same person waits here. Makes the key where there is
        none yet.
        """
        secret_id = random_identifier()
        counted = (
            sa.update(conversation_keepers)
            .where(of(conversation_keepers, owner))
            .values(changes=_k.changes + 1)
            .returning(_k.changes)
        )
        async with self.database.writing() as connection:
            fresh = upsert(connection.dialect.name, conversation_keepers).values(
                space_id=owner.space_id, user_id=owner.user_id, secret_id=secret_id, changes=0
            )
            if (await connection.execute(fresh.on_conflict_do_nothing())).rowcount:
                sealed = [self.vault.seal(new_key(), context_of(owner, secret_id))]
                for step in self.secrets.replaced(sealed, [], owner.space_id):
                    await step.take(connection)
            change: int = (await connection.execute(counted)).scalar_one()
            seal = await self._seal(connection, owner)
            if seal is None:
                raise SecretUnreadable("The key to these conversations is missing.")
            yield connection, seal, change

    async def _seal(self, connection: AsyncConnection, owner: Owner) -> Seal | None:
        return await seal_of(connection, self.secrets, self.vault, owner)


async def _put(
    connection: AsyncConnection,
    owner: Owner,
    conversation_id: str,
    saving: Saving,
    seal: Seal,
    change: int,
) -> None:
    """New messages come after all that are there; one that is there keeps its place."""
    here = at(conversation_messages, owner, conversation_id)
    if saving.gone:
        gone = sa.delete(conversation_messages).where(here, _m.message_id.in_(saving.gone))
        await connection.execute(gone)
    if not saving.messages:
        return
    last = await connection.scalar(sa.select(sa.func.max(_m.position)).where(here))
    mine = place(owner, conversation_id)
    rows: list[dict[str, object]] = []
    for position, (message_id, message) in enumerate(saving.messages.items(), (last or 0) + 1):
        sealed = seal.close(message, conversation_id, message_id)
        given = {"message_id": message_id, "position": position, "change": change}
        rows.append({**mine, **given, "message": sealed, "bytes": len(sealed)})
    new = upsert(connection.dialect.name, conversation_messages)
    changed = {name: new.excluded[name] for name in ("change", "message", "bytes")}
    key = list(conversation_messages.primary_key.columns)
    await connection.execute(new.on_conflict_do_update(index_elements=key, set_=changed), rows)


async def _size(connection: AsyncConnection, owner: Owner, conversation_id: str) -> tuple[int, int]:
    """How many messages, and their bytes."""
    sums = sa.func.count(), sa.func.coalesce(sa.func.sum(_m.bytes), 0)
    here = at(conversation_messages, owner, conversation_id)
    count, size = (await connection.execute(sa.select(*sums).where(here))).one()
    return count, int(size)


async def _sizes(connection: AsyncConnection, owner: Owner) -> tuple[int, int]:
    """How many conversations, and their bytes."""
    sums = sa.func.count(), sa.func.coalesce(sa.func.sum(_t.bytes), 0)
    query = sa.select(*sums).where(of(conversations, owner))
    count, size = (await connection.execute(query)).one()
    return count, int(size)


def _matching(
    seal: Seal, heads: Sequence[Head], rows: Sequence[sa.Row[Any]], words: Sequence[str]
) -> list[Head]:
    """``rows``: the messages of those ``heads``."""
    said = {head.conversation_id: list[Message]() for head in heads}
    for row in rows:
        said[row.conversation_id].append(read_message(seal, row))
    return [one for one in heads if is_found(one.title, said[one.conversation_id], words)]
