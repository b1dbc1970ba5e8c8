"""What an issuer is asked with, between two sign-ins, where its people belong."""

import sqlalchemy as sa
from alembic import op

revision = "0036_serves_0010"
down_revision = "0035_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer_refresh_tokens",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("secret_id", sa.Text),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_issuer_refresh_tokens_asked_at", "issuer_refresh_tokens", ["asked_at"])
    op.create_index("ix_issuer_refresh_tokens_secret_id", "issuer_refresh_tokens", ["secret_id"])


def downgrade() -> None:
    """Nobody would find the tokens any more that the rows name."""
    op.execute("DELETE FROM secrets WHERE field = 'issuer_refresh_token'")
    op.drop_table("issuer_refresh_tokens")
