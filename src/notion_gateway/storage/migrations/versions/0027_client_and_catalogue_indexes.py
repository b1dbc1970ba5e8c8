"""Finds lapsed clients and forgotten catalogues without reading whole tables."""

from notion_gateway.storage.large_indexes import LargeIndex

revision = "0027_serves_0010"
down_revision = "0026_serves_0010"
branch_labels = None
depends_on = None

LARGE_INDEXES = (
    LargeIndex("ix_oauth_clients_allowed_at", "oauth_clients", ("allowed_at", "created_at")),
    LargeIndex("ix_catalogues_looked_at", "catalogues", ("looked_at",)),
)


def upgrade() -> None:
    for index in LARGE_INDEXES:
        index.make_where_missing()


def downgrade() -> None:
    for index in LARGE_INDEXES:
        index.drop()
