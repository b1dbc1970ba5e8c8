"""Webhooks, and what is to be told to them."""

import sqlalchemy as sa
from alembic import op

revision = "0010_serves_0009"
down_revision = "0009_serves_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.Text, primary_key=True),
        sa.Column("space_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("secret_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
    )
    op.create_index("ix_webhooks_space_id", "webhooks", ["space_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("delivery_id", sa.Text, primary_key=True),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("space_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("give_up_at", sa.Double, nullable=False),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("attempted_at", sa.Double),
        sa.Column("http_status", sa.Integer),
        sa.Column("reason", sa.Text),
    )
    once = ["webhook_id", "space_id", "key"]
    op.create_index("ix_webhook_deliveries_key", "webhook_deliveries", once, unique=True)
    following = ["progress", "next_at"]
    op.create_index("ix_webhook_deliveries_next", "webhook_deliveries", following)


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")
