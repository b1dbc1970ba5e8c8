"""The tables. ``migrations/`` brings a database to this shape; a test holds the two together."""

import sqlalchemy as sa

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)
"""The history. The primary key is the expected-version check: a second append at the same
version cannot be inserted."""

secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("secret_id", sa.Text, primary_key=True),
    sa.Column("space_id", sa.Text, nullable=False, index=True),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False, index=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("ciphertext", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
)
"""Sealed tokens of living grants. ``key_id`` tells key rotation what is left to re-wrap,
``created_at`` (on the database's clock) which grants nobody has used for long."""

oauth_states = sa.Table(
    "oauth_states",
    metadata,
    sa.Column("state_key", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("sealed", sa.JSON, nullable=False),
)
"""Consents under way, by the SHA-256 of their state."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
)
"""Who may redeem a space's refresh token, until when: seconds since 1970 on the database's
clock."""

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("space_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Double, nullable=False, index=True),
)
"""A short-lived notice of every stream whose tokens were replaced, for the other processes'
caches. ``version`` is the stream's new one, ``at`` on the database's clock; rows are kept for two
minutes."""
