"""With which grant a recorded call went, how long its answer was, and what was said in both."""

import sqlalchemy as sa
from alembic import op

revision = "0015_serves_0010"
down_revision = "0014_serves_0010"
branch_labels = None
depends_on = None

_NEW = (
    ("grant", sa.Text, ""),
    ("answered_bytes", sa.BigInteger, "0"),
    ("arguments", sa.Text, ""),
    ("result", sa.Text, ""),
)


def upgrade() -> None:
    for name, kind, default in _NEW:
        column = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("audit_entries", column)


def downgrade() -> None:
    for name, _, _ in _NEW:
        op.drop_column("audit_entries", name)
