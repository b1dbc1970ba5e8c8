"""Finds what maintenance deletes without reading whole tables."""

from notion_gateway.storage.large_indexes import LargeIndex

revision = "0025_serves_0010"
down_revision = "0024_serves_0010"
branch_labels = None
depends_on = None

LARGE_INDEXES = tuple(
    LargeIndex(f"ix_{table}_{name}", table, columns)
    for table, name, columns in (
        ("gateway_tokens", "expires_at", ("expires_at",)),
        ("gateway_tokens", "revoked_at", ("revoked_at",)),
        ("client_grants", "client", ("client_id", "expires_at")),
        ("client_grants", "expires_at", ("expires_at",)),
        ("client_grants", "revoked_at", ("revoked_at",)),
        ("client_grants", "code", ("code_used_at", "code_expires_at")),
        ("client_refresh_tokens", "expires_at", ("expires_at",)),
        ("webhook_deliveries", "created_at", ("created_at",)),
        ("secrets", "field", ("field", "space_id")),
    )
)


def upgrade() -> None:
    for index in LARGE_INDEXES:
        index.make_where_missing()


def downgrade() -> None:
    for index in LARGE_INDEXES:
        index.drop()
