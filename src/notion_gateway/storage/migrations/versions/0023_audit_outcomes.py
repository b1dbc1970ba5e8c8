"""Finds recorded calls by how they ended, where that was not with an answer."""

from notion_gateway.storage.large_indexes import LargeIndex

revision = "0023_serves_0010"
down_revision = "0022_serves_0010"
branch_labels = None
depends_on = None

LARGE_INDEXES = (
    LargeIndex(
        "ix_audit_entries_outcome",
        "audit_entries",
        ("space_id", "outcome", "at", "number"),
        where="\"outcome\" != 'answered'",
    ),
)


def upgrade() -> None:
    for index in LARGE_INDEXES:
        index.make_where_missing()


def downgrade() -> None:
    for index in LARGE_INDEXES:
        index.drop()
