"""How many calls wait for a person's word in a conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0021_serves_0010"
down_revision = "0020_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.Column("waiting", sa.Integer, nullable=False, server_default="0")
    op.add_column("conversations", waiting)


def downgrade() -> None:
    op.drop_column("conversations", "waiting")
