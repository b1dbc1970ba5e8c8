"""Webhooks, and what waits to be delivered to them."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("webhook_id", sa.Text, primary_key=True),
    sa.Column("space_id", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),
    sa.Column("secret_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)
"""Where a space's owners want to be told what happens. ``url``: https, or ``mailto:``. ``kinds``:
of which messages, with a comma before and after each; empty for all. ``secret_id`` names the row of
``secrets`` that they are signed with, and is empty for e-mail. ``created_at`` is in seconds since
1970."""

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("space_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False, index=True),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.Double, nullable=False),
    sa.Column("give_up_at", sa.Double, nullable=False),
    sa.Column("claim", sa.Text, nullable=False),
    sa.Column("attempted_at", sa.Double),
    sa.Column("http_status", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Index("ix_webhook_deliveries_key", "webhook_id", "space_id", "key", unique=True),
    sa.Index("ix_webhook_deliveries_next", "progress", "next_at"),
)
"""What is to be told, and was: a message for one webhook, written in the transaction of what
happened. The unique index lets nobody be told of one thing twice. ``claim``: the gateway's attempt
that has it until ``next_at``. Times are in seconds since 1970."""
