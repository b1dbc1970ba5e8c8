"""The tools that Notion lists for each space, and what has changed in them."""

import sqlalchemy as sa
from alembic import op

revision = "0013_serves_0012"
down_revision = "0012_serves_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogues",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("process_id", sa.Text, nullable=False, server_default=""),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tools", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("reading", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("seen", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("seen_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("seen_at", sa.Double),
        sa.Column("seen_by", sa.Text),
        sa.Column("looked_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("failure", sa.Text),
        sa.Column("heard_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("claim", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_catalogues_due_at", "catalogues", ["due_at"])
    op.create_table(
        "catalogue_changes",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("differences", sa.JSON, nullable=False),
        sa.Column("seen_at", sa.Double),
        sa.Column("seen_by", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("catalogue_changes")
    op.drop_table("catalogues")
