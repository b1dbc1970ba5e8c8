"""Finds calls that may have changed a page, and those of which it is not filled in whether."""

from notion_gateway.storage.large_indexes import LargeIndex

revision = "0035_serves_0010"
down_revision = "0034_serves_0010"
branch_labels = None
depends_on = None

LARGE_INDEXES = (
    LargeIndex(
        "ix_audit_pages_writing",
        "audit_pages",
        ("space_id", "page", "at", "number"),
        where="writes",
    ),
    LargeIndex(
        "ix_audit_pages_unfilled",
        "audit_pages",
        ("space_id", "page", "number"),
        where="writes IS NULL",
    ),
)


def upgrade() -> None:
    for index in LARGE_INDEXES:
        index.make_where_missing()


def downgrade() -> None:
    for index in LARGE_INDEXES:
        index.drop()
