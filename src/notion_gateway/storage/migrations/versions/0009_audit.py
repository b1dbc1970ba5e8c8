"""Calls of tools, in a chain for each space."""

import sqlalchemy as sa
from alembic import op

revision = "0009_serves_0008"
down_revision = "0008_serves_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("duration_ms", sa.Double, nullable=False),
        sa.Column("asked_bytes", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("pages", sa.JSON, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("code", sa.LargeBinary, nullable=False),
    )
    for name, column in (
        ("at", ()),
        ("user", ("user_id",)),
        ("token", ("token",)),
        ("tool", ("tool",)),
    ):
        columns = ["space_id", *column, "at", "number"]
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", columns)
    op.create_table(
        "audit_pages",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("page", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "audit_ends",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("kept_after", sa.BigInteger, nullable=False),
        sa.Column("kept_after_code", sa.LargeBinary, nullable=False),
        sa.Column("newest", sa.BigInteger, nullable=False),
        sa.Column("newest_code", sa.LargeBinary, nullable=False),
        sa.Column("proof", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("audit_ends")
    op.drop_table("audit_pages")
    op.drop_table("audit_entries")
