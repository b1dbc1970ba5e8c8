"""Logins of machines without a browser, and what a command line may do."""

import sqlalchemy as sa
from alembic import op

revision = "0012_serves_0011"
down_revision = "0011_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "client_grants", sa.Column("kind", sa.Text, nullable=False, server_default="client")
    )
    op.add_column(
        "client_grants",
        sa.Column("can_manage", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "device_logins",
        sa.Column("login_id", sa.Text, primary_key=True),
        sa.Column("device_code_sha256", sa.Text, nullable=False, unique=True),
        sa.Column("user_code", sa.Text, nullable=False, unique=True),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("client_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("may_refresh", sa.Boolean, nullable=False),
        sa.Column("space_id", sa.Text, nullable=False),
        sa.Column("machine", sa.Text),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interval_seconds", sa.Integer, nullable=False),
        sa.Column("poll_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("grant_id", sa.Text),
    )
    op.create_index("ix_device_logins_expires_at", "device_logins", ["expires_at"])


def downgrade() -> None:
    op.drop_table("device_logins")
    op.drop_column("client_grants", "can_manage")
    op.drop_column("client_grants", "kind")
