"""Finds recorded calls by the reason for which they were refused, and by their grant."""

import sqlalchemy as sa
from alembic import op

revision = "0018_serves_0010"
down_revision = "0017_serves_0010"
branch_labels = None
depends_on = None

_COLUMNS = ("reason", "grant")


def upgrade() -> None:
    for column in _COLUMNS:
        has_one = sa.text(f"\"{column}\" != ''")
        op.create_index(
            f"ix_audit_entries_{column}",
            "audit_entries",
            ["space_id", column, "at", "number"],
            sqlite_where=has_one,
            postgresql_where=has_one,
        )


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_index(f"ix_audit_entries_{column}", "audit_entries")
