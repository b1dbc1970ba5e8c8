"""Chats that the gateway keeps."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

conversation_keepers = sa.Table(
    "conversation_keepers",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("secret_id", sa.Text, nullable=False),
    sa.Column("changes", sa.BigInteger, nullable=False),
)
"""Who keeps conversations in a space. ``secret_id`` names the row of ``secrets`` with the key that
they are sealed with; ``changes`` counts what that person has changed."""

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("is_pinned", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("updated_at", sa.Double, nullable=False, index=True),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("message_change", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("answering_until", sa.Double),
    sa.Column("stops", sa.Integer, nullable=False, server_default="0"),
    sa.Column("waiting", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_conversations_order", "space_id", "user_id", "message_change"),
)
"""Of one person in one space. ``head``: title and last problem, sealed. ``change``: which of the
person's changes was its newest, ``message_change`` of its messages; ``bytes`` those messages take.
``answering_until``: whoever writes an answer saves again before; ``stops``: how often one was
stopped; ``waiting``: calls that wait for the person's word. Times are in seconds since 1970."""

conversation_messages = sa.Table(
    "conversation_messages",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)
"""``message``: sealed, ``bytes`` long. ``position``: in the order in which they were said."""

shared_conversations = sa.Table(
    "shared_conversations",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("share_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("secret_id", sa.Text, nullable=False),
    sa.Column("shared_at", sa.Double, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.UniqueConstraint(
        "space_id", "user_id", "conversation_id", name="uq_shared_conversations_conversation"
    ),
)
"""What ``user_id`` has shared of a conversation with the space's members, as it was at
``shared_at``: ``content`` is sealed, ``bytes`` long, with a key of its own, the row ``secret_id``
of ``secrets``."""
