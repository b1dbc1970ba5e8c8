"""Opens what keeps conversations, and follows who leaves a space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space_events import (
    SpaceDeleted,
    SpaceEvent,
    SpaceMemberRemoved,
)
from notion_gateway.conversations.decisions import Decisions
from notion_gateway.conversations.forgetting import forget, forget_keys
from notion_gateway.conversations.rules import Owner
from notion_gateway.conversations.sharing import SharedConversations, left_over
from notion_gateway.conversations.store import ConversationStore
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.deleted_spaces import is_of_deleted
from notion_gateway.storage.old_rows import OldRows, RowsPast
from notion_gateway.storage.opening import Storage
from notion_gateway.storage.schema.conversations import (
    conversation_messages,
    conversations,
    shared_conversations,
)
from notion_gateway.storage.used_once import UsedOnce
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Conversations:
    """``keep_days``: after the last message; 0 where none are kept."""

    store: ConversationStore
    shared: SharedConversations
    decisions: Decisions
    keep_days: int


def open_conversations(settings: Settings, storage: Storage, vault: Vault) -> Conversations:
    secrets = SecretsTable(storage.database)
    given = storage.database, vault, secrets, storage.clock
    store, shared = ConversationStore(*given), SharedConversations(*given)
    decisions = Decisions(UsedOnce(storage.database), storage.clock)
    return Conversations(store, shared, decisions, settings.gateway_keep_conversations_days)


async def follow_members(
    connection: AsyncConnection, space_id: str, _: int, events: Sequence[SpaceEvent]
) -> None:
    """What somebody has said and shared in a space goes with their membership, in the same
    transaction. Of a space that is deleted, the keys to all that was said go; the rows, which may
    be many, follow.
    """
    for event in events:
        if isinstance(event, SpaceDeleted):
            await forget_keys(connection, space_id)
        if isinstance(event, SpaceMemberRemoved):
            await forget(connection, Owner(space_id, event.user_id))


def old_conversations(settings: Settings, database: Database) -> Sequence[OldRows]:
    """For maintenance. Messages first: until they are gone, their conversation is found by them."""
    days = settings.gateway_keep_conversations_days
    rule = f"{days} days after its last message" if days else "at once: none are kept"
    with_space = "with its space"
    keep = timedelta(days=days)

    def old(now: datetime) -> sa.ColumnElement[bool]:
        return conversations.c.updated_at <= (now - keep).timestamp()

    def gone(_: datetime) -> sa.ColumnElement[bool]:
        return is_of_deleted(conversations)

    return [
        *(
            RowsPast(
                database, conversation_messages, f"with its conversation, {said}", _messages(which)
            )
            for said, which in ((rule, old), (with_space, gone))
        ),
        RowsPast(database, conversations, rule, old),
        RowsPast(database, conversations, with_space, gone),
        # After them: what is shared ends with its conversation.
        RowsPast(database, shared_conversations, "with its conversation", lambda _: left_over()),
    ]


def _messages(
    of: Callable[[datetime], sa.ColumnElement[bool]],
) -> Callable[[datetime], sa.ColumnElement[bool]]:
    """Those of such conversations: found by them, which are few beside all messages."""
    names = ("space_id", "user_id", "conversation_id")
    theirs = sa.tuple_(*(conversation_messages.c[one] for one in names))
    to = [conversations.c[one] for one in names]
    return lambda now: theirs.in_(sa.select(*to).where(of(now)))
