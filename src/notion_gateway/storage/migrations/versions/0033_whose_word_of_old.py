"""Of whom it is known that they belong by no issuer's word: where none ever counted in a space.

By itself, since the step before holds up everybody who reads the table, for as long as it takes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033_serves_0010"
down_revision = "0032_serves_0010"
branch_labels = None
depends_on = None

_MEMBERS = sa.table("space_members", sa.column("space_id", sa.Text), sa.column("issuer", sa.Text))
_EVENTS = sa.table(
    "events", sa.column("stream", sa.Text), sa.column("type", sa.Text), sa.column("data", sa.JSON)
)


def upgrade() -> None:
    by_a_word = sa.exists().where(
        _EVENTS.c.stream == sa.literal("space/") + _MEMBERS.c.space_id,
        _EVENTS.c.type == "SpaceMemberAdded",
        _EVENTS.c.data["issuer"].as_string().is_not(None),
    )
    unknown = _MEMBERS.c.issuer.is_(None)
    op.execute(sa.update(_MEMBERS).where(unknown, ~by_a_word).values(issuer=""))


def downgrade() -> None:
    """What is known is still true."""
