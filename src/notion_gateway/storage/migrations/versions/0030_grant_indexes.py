"""Finds the grants of a slot, and those that nobody has renewed for long, and reads no others."""

from notion_gateway.storage.large_indexes import LargeIndex

revision = "0030_serves_0010"
down_revision = "0029_serves_0010"
branch_labels = None
depends_on = None

_OF_GRANTS = "field = 'access_token'"
LARGE_INDEXES = (
    LargeIndex("ix_secrets_slot", "secrets", ("slot", "space_id"), _OF_GRANTS),
    LargeIndex("ix_secrets_age", "secrets", ("created_at", "space_id"), _OF_GRANTS),
)


def upgrade() -> None:
    for index in LARGE_INDEXES:
        index.make_where_missing()


def downgrade() -> None:
    for index in LARGE_INDEXES:
        index.drop()
