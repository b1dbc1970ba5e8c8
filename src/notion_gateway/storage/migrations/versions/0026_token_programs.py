"""Which program called last with each token."""

import sqlalchemy as sa
from alembic import op

revision = "0026_serves_0010"
down_revision = "0025_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gateway_tokens", sa.Column("program", sa.Text))


def downgrade() -> None:
    op.drop_column("gateway_tokens", "program")
