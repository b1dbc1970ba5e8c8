"""Notices of change get ids of 64 bits: each renewal leaves one, and 32 bits run out in years."""

import sqlalchemy as sa
from alembic import op

revision = "0031_serves_0010"
down_revision = "0030_serves_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The sequence goes with its column. Only the rows of two minutes are there to be rewritten.
    SQLite's ids have 64 bits.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("changes", "id", type_=sa.BigInteger, existing_type=sa.Integer)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("changes", "id", type_=sa.Integer, existing_type=sa.BigInteger)
