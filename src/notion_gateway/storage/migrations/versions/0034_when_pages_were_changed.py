"""Beside each page that a recorded call named: when, and whether the call may have changed it.

Empty at first, and in the rows of the version before: maintenance fills it in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034_serves_0010"
down_revision = "0033_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_pages", sa.Column("at", sa.Double))
    op.add_column("audit_pages", sa.Column("writes", sa.Boolean))


def downgrade() -> None:
    op.drop_column("audit_pages", "writes")
    op.drop_column("audit_pages", "at")
