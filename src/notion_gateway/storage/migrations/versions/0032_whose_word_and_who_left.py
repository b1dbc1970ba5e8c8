"""By which issuer's word somebody belongs, and whose own grants are to be ended."""

import sqlalchemy as sa
from alembic import op

revision = "0032_serves_0010"
down_revision = "0031_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("space_members", sa.Column("issuer", sa.Text))
    op.add_column("member_grants", sa.Column("left_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("member_grants", "left_at")
    op.drop_column("space_members", "issuer")
