"""Spaces, their members, gateway tokens; a topic for notices of change."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "changes", sa.Column("topic", sa.Text, nullable=False, server_default="credentials")
    )
    op.create_table(
        "spaces",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "space_members",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
    )
    op.create_index("ix_space_members_user_id", "space_members", ["user_id"])
    op.create_table(
        "gateway_tokens",
        sa.Column("token_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("space_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_only", sa.Boolean, nullable=False),
        sa.Column("tools", sa.JSON),
        sa.Column("can_manage", sa.Boolean, nullable=False),
        sa.Column("grant_id", sa.Text),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_by", sa.Text),
    )
    for column in ("space_id", "grant_id"):
        op.create_index(f"ix_gateway_tokens_{column}", "gateway_tokens", [column])
    op.create_table(
        "used_once",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_used_once_expires_at", "used_once", ["expires_at"])


def downgrade() -> None:
    for table in ("used_once", "gateway_tokens", "space_members", "spaces"):
        op.drop_table(table)
    op.drop_column("changes", "topic")
