"""Programs that the gateway's own authorization server lets in."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

oauth_clients = sa.Table(
    "oauth_clients",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("redirect_uris", sa.JSON, nullable=False),
    sa.Column("grant_types", sa.JSON, nullable=False),
    sa.Column("auth_method", sa.Text, nullable=False),
    sa.Column("secret_sha256", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("allowed_at", sa.DateTime(timezone=True)),
    sa.Index("ix_oauth_clients_allowed_at", "allowed_at", "created_at"),
)
"""MCP clients that registered themselves. ``allowed_at``: when a person last allowed it
something; without that the row goes after 90 days (``authorization_server/client_store.py``)."""

client_grants = sa.Table(
    "client_grants",
    metadata,
    sa.Column("grant_id", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("client_name", sa.Text, nullable=False),
    sa.Column("space_id", sa.Text, nullable=False, index=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("redirect_uri", sa.Text, nullable=False),
    sa.Column("code_challenge", sa.Text, nullable=False),
    sa.Column("code_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("code_used_at", sa.DateTime(timezone=True)),
    sa.Column("read_only", sa.Boolean, nullable=False),
    sa.Column("may_refresh", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_by", sa.Text),
    sa.Column("kind", sa.Text, nullable=False, server_default="client"),
    sa.Column("can_manage", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("issuer", sa.Text, index=True),
    sa.Index("ix_client_grants_client", "client_id", "expires_at"),
    sa.Index("ix_client_grants_expires_at", "expires_at"),
    sa.Index("ix_client_grants_revoked_at", "revoked_at"),
    sa.Index("ix_client_grants_code", "code_used_at", "code_expires_at"),
)
"""What a person allowed a client in a space; one row is one login, from its code on. ``kind`` is
that of its tokens, and ``can_manage`` holds for them. ``issuer``: whose word said who the person
is."""

device_logins = sa.Table(
    "device_logins",
    metadata,
    sa.Column("login_id", sa.Text, primary_key=True),
    sa.Column("device_code_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("user_code", sa.Text, nullable=False, unique=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("client_name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("may_refresh", sa.Boolean, nullable=False),
    sa.Column("space_id", sa.Text, nullable=False),
    sa.Column("machine", sa.Text),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("interval_seconds", sa.Integer, nullable=False),
    sa.Column("poll_after", sa.DateTime(timezone=True), nullable=False),
    sa.Column("decision", sa.Text),
    sa.Column("user_id", sa.Text),
    sa.Column("grant_id", sa.Text),
    sa.Column("issuer", sa.Text),
)
"""Logins of machines without a browser, from their codes on (RFC 8628), until the codes expire.
The user code is there as it is: only somebody who is signed in can do anything with it.
``poll_after``: from when on the program may ask again. ``grant_id`` names what came of it.
``issuer``: where the person who decided has signed in."""

client_refresh_tokens = sa.Table(
    "client_refresh_tokens",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("grant_id", sa.Text, nullable=False, index=True),
    sa.Column("parent_sha256", sa.Text, index=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("used_at", sa.DateTime(timezone=True)),
    sa.Column("rotations", sa.Integer, nullable=False),
)
"""Refresh tokens of living grants, by the SHA-256 of each; used ones stay, so that a second
use is noticed. ``parent_sha256`` is the one it was exchanged for. ``rotations`` is 1 for a used
one: it is kept for versions that count by it."""

machine_clients = sa.Table(
    "machine_clients",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("space_id", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("auth", sa.Text, nullable=False),
    sa.Column("secret_sha256", sa.Text),
    sa.Column("jwks", sa.JSON(none_as_null=True)),
    sa.Column("jwks_uri", sa.Text),
    sa.Column("read_only", sa.Boolean, nullable=False),
    sa.Column("tools", sa.JSON(none_as_null=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_token_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_by", sa.Text),
)
"""Programs that owners let into their spaces. Their tokens carry ``client_id`` as ``grant_id``."""
