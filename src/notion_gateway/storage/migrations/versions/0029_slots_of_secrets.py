"""Which slot of looks a grant's access token belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0029_serves_0010"
down_revision = "0028_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty at first, and in the rows of the version before: looks fill it in."""
    op.add_column("secrets", sa.Column("slot", sa.SmallInteger))


def downgrade() -> None:
    op.drop_column("secrets", "slot")
