"""What people have shared of their conversations with the members of a space."""

import sqlalchemy as sa
from alembic import op

revision = "0022_serves_0010"
down_revision = "0021_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_conversations",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("share_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("secret_id", sa.Text, nullable=False),
        sa.Column("shared_at", sa.Double, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.UniqueConstraint(
            "space_id", "user_id", "conversation_id", name="uq_shared_conversations_conversation"
        ),
    )


def downgrade() -> None:
    op.drop_table("shared_conversations")
