"""When grants were last used, what was learned of their budgets, and of which changes of a tool are
missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028_serves_0010"
down_revision = "0027_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grant_uses",
        sa.Column("grant_id", sa.Text, primary_key=True),
        sa.Column("called_at", sa.Double, nullable=False),
    )
    op.create_table(
        "learned_budgets",
        sa.Column("process_id", sa.Text, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("window_seconds", sa.Double, nullable=False),
        sa.Column("paced_at", sa.Double, nullable=False),
    )
    op.create_index("ix_learned_budgets_paced_at", "learned_budgets", ["paced_at"])
    op.add_column(
        "catalogue_changes",
        sa.Column("left_out", sa.Integer, nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("catalogue_changes", "left_out")
    op.drop_table("learned_budgets")
    op.drop_table("grant_uses")
