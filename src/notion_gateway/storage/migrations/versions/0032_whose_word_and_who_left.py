"""By which issuer's word somebody belongs, and whose own grants are to be ended."""

import sqlalchemy as sa
from alembic import op

revision = "0032_serves_0010"
down_revision = "0031_serves_0010"
branch_labels = None
depends_on = None

_MEMBERS = sa.table("space_members", sa.column("space_id", sa.Text), sa.column("issuer", sa.Text))
_EVENTS = sa.table(
    "events", sa.column("stream", sa.Text), sa.column("type", sa.Text), sa.column("data", sa.JSON)
)


def upgrade() -> None:
    op.add_column("space_members", sa.Column("issuer", sa.Text))
    op.add_column("member_grants", sa.Column("left_at", sa.DateTime(timezone=True)))
    # Of a space in which no issuer's word ever counted, it is known of everybody.
    by_a_word = sa.exists().where(
        _EVENTS.c.stream == sa.literal("space/") + _MEMBERS.c.space_id,
        _EVENTS.c.type == "SpaceMemberAdded",
        _EVENTS.c.data["issuer"].as_string().is_not(None),
    )
    op.execute(sa.update(_MEMBERS).where(~by_a_word).values(issuer=""))


def downgrade() -> None:
    op.drop_column("member_grants", "left_at")
    op.drop_column("space_members", "issuer")
