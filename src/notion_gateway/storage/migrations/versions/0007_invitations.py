"""Invitations to spaces, and which spaces people chose themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "space_invitations",
        sa.Column("space_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.Text, nullable=False),
    )
    op.create_index("ix_space_invitations_user_id", "space_invitations", ["user_id"])
    op.add_column(
        "space_members",
        sa.Column("is_chosen", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    _choose_for_creators()


def downgrade() -> None:
    op.drop_column("space_members", "is_chosen")
    op.drop_table("space_invitations")


def _choose_for_creators() -> None:
    """Of members from before, those who made the space chose it; of others nobody knows."""
    events = sa.table("events", sa.column("stream"), sa.column("type"), sa.column("data", sa.JSON))
    members = sa.table(
        "space_members", sa.column("space_id"), sa.column("user_id"), sa.column("is_chosen")
    )
    made = (
        sa.select(sa.literal(1))
        .where(events.c.stream == sa.literal("space/").concat(members.c.space_id))
        .where(events.c.type == "SpaceCreated")
        .where(events.c.data["created_by"].as_string() == members.c.user_id)
    )
    op.execute(
        sa.update(members).values(is_chosen=sa.true()).where(sa.exists(made.correlate(members)))
    )
