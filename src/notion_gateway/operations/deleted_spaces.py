"""What a space leaves behind that is deleted, and nobody misses at once: maintenance takes it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from notion_gateway.conversations.sealing import FIELD as CONVERSATIONS_KEY
from notion_gateway.conversations.sharing import FIELD as SHARE_KEY
from notion_gateway.notices.rules.retries import Progress
from notion_gateway.notices.store import FIELD as WEBHOOK_SECRET
from notion_gateway.storage.database import Database
from notion_gateway.storage.deleted_spaces import is_of_deleted
from notion_gateway.storage.old_rows import OldRows, RowsPast
from notion_gateway.storage.schema.conversations import conversation_keepers, shared_conversations
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.storage.schema.notices import webhook_deliveries, webhooks


def of_deleted_spaces(database: Database) -> Sequence[OldRows]:
    """A connection's secrets are not among them: they go with it, once Notion was told."""
    return [
        RowsPast(database, webhooks, "with its space, once it was told so", _told),
        RowsPast(
            database,
            conversation_keepers,
            "with its space",
            lambda _: is_of_deleted(conversation_keepers),
        ),
        RowsPast(database, secrets, "with its space; of a webhook, with that", _of_nothing_left),
        RowsPast(database, secrets, "with its shared conversation", _opens_nothing),
    ]


def _told(_: datetime) -> sa.ColumnElement[bool]:
    """Its connections end after it: who wants to be told of that shall be."""
    told, held = webhook_deliveries.c, secrets.alias()
    is_pending = sa.exists().where(
        told.webhook_id == webhooks.c.webhook_id, told.progress == Progress.PENDING
    )
    is_connected = sa.exists().where(
        held.c.space_id == webhooks.c.space_id, held.c.field == "access_token"
    )
    return is_of_deleted(webhooks) & ~is_pending & ~is_connected


def _of_nothing_left(_: datetime) -> sa.ColumnElement[bool]:
    signs = sa.exists().where(
        webhooks.c.space_id == secrets.c.space_id, webhooks.c.secret_id == secrets.c.secret_id
    )
    theirs = secrets.c.field.in_((CONVERSATIONS_KEY, WEBHOOK_SECRET))
    return is_of_deleted(secrets) & theirs & ~signs


def _opens_nothing(_: datetime) -> sa.ColumnElement[bool]:
    opens = sa.exists().where(
        shared_conversations.c.space_id == secrets.c.space_id,
        shared_conversations.c.secret_id == secrets.c.secret_id,
    )
    return (secrets.c.field == SHARE_KEY) & ~opens
