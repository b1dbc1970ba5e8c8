"""Finds recorded calls by how they ended, where that was not with an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0023_serves_0010"
down_revision = "0022_serves_0010"
branch_labels = None
depends_on = None

_NAME = "ix_audit_entries_outcome"


def upgrade() -> None:
    is_unusual = sa.text("\"outcome\" != 'answered'")
    op.create_index(
        _NAME,
        "audit_entries",
        ["space_id", "outcome", "at", "number"],
        sqlite_where=is_unusual,
        postgresql_where=is_unusual,
    )


def downgrade() -> None:
    op.drop_index(_NAME, "audit_entries")
