"""Finds recorded calls by the reason for which they were refused, and by their grant."""

from notion_gateway.storage.large_indexes import LargeIndex

revision = "0018_serves_0010"
down_revision = "0017_serves_0010"
branch_labels = None
depends_on = None

LARGE_INDEXES = tuple(
    LargeIndex(
        f"ix_audit_entries_{column}",
        "audit_entries",
        ("space_id", column, "at", "number"),
        where=f"\"{column}\" != ''",
    )
    for column in ("reason", "grant")
)


def upgrade() -> None:
    for index in LARGE_INDEXES:
        index.make_where_missing()


def downgrade() -> None:
    for index in LARGE_INDEXES:
        index.drop()
