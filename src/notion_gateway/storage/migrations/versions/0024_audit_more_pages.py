"""How many more pages a recorded call named, and which program it says that it is."""

import sqlalchemy as sa
from alembic import op

revision = "0024_serves_0010"
down_revision = "0023_serves_0010"
branch_labels = None
depends_on = None

_NEW = (("more_pages", sa.BigInteger, "0"), ("mcp_client", sa.Text, ""))


def upgrade() -> None:
    for name, kind, default in _NEW:
        column = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("audit_entries", column)


def downgrade() -> None:
    for name, *_ in _NEW:
        op.drop_column("audit_entries", name)
