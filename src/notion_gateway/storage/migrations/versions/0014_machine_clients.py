"""Programs that owners let into their spaces."""

import sqlalchemy as sa
from alembic import op

revision = "0014_serves_0010"
down_revision = "0013_serves_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machine_clients",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("space_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("auth", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.Text),
        sa.Column("jwks", sa.JSON(none_as_null=True)),
        sa.Column("jwks_uri", sa.Text),
        sa.Column("read_only", sa.Boolean, nullable=False),
        sa.Column("tools", sa.JSON(none_as_null=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_token_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_by", sa.Text),
    )
    op.create_index("ix_machine_clients_space_id", "machine_clients", ["space_id"])


def downgrade() -> None:
    op.drop_table("machine_clients")
