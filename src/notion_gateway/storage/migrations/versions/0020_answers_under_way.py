"""Which conversations are being answered, and how often somebody has stopped that."""

import sqlalchemy as sa
from alembic import op

revision = "0020_serves_0010"
down_revision = "0019_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("answering_until", sa.Double))
    stops = sa.Column("stops", sa.Integer, nullable=False, server_default="0")
    op.add_column("conversations", stops)


def downgrade() -> None:
    op.drop_column("conversations", "stops")
    op.drop_column("conversations", "answering_until")
