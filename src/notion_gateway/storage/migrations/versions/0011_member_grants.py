"""Members' own grants, and gateway tokens that act for nobody in particular."""

import sqlalchemy as sa
from alembic import op

revision = "0011_serves_0010"
down_revision = "0010_serves_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_grants",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("process_id", sa.Text, nullable=False),
    )
    op.add_column(
        "gateway_tokens",
        sa.Column("is_service", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("gateway_tokens", "is_service")
    op.drop_table("member_grants")
