"""Issuers of identities: who their people are here, and which of them are revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0016_serves_0010"
down_revision = "0015_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("client_grants", sa.Column("issuer", sa.Text))
    op.add_column("device_logins", sa.Column("issuer", sa.Text))
    op.create_index("ix_client_grants_issuer", "client_grants", ["issuer"])
    op.create_table(
        "issuer_people",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_issuer_people_email", "issuer_people", ["issuer", "email"], unique=True)
    op.create_index("ix_issuer_people_user", "issuer_people", ["user_id"])
    op.create_table(
        "revoked_issuers",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("revoked_issuers")
    op.drop_table("issuer_people")
    op.drop_column("device_logins", "issuer")
    op.drop_index("ix_client_grants_issuer", "client_grants")
    op.drop_column("client_grants", "issuer")
