"""Spaces that were deleted: what is left of them is found by their rows."""

import sqlalchemy as sa
from alembic import op

revision = "0019_serves_0010"
down_revision = "0018_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("spaces", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.add_column("spaces", sa.Column("keeps_audit", sa.Boolean))


def downgrade() -> None:
    op.drop_column("spaces", "keeps_audit")
    op.drop_column("spaces", "deleted_at")
