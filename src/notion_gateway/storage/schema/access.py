"""Spaces, who belongs to them, and gateway tokens."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

spaces = sa.Table(
    "spaces",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
    sa.Column("keeps_audit", sa.Boolean),
)
"""Every space by name; made from the streams ``space/…``, in the same transactions. One that was
deleted stays, so that whatever is left of it is found; ``keeps_audit``: but for its calls."""

space_members = sa.Table(
    "space_members",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("is_chosen", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("issuer", sa.Text),
    sa.Index("ix_space_members_user_id", "user_id"),
)
"""Who belongs where, for the list of one person's spaces; what counts is the stream.
``is_chosen``: they made the space or accepted an invitation. ``issuer``: by whose word they belong;
empty for nobody's, and null where a version wrote the row that did not say it."""

space_invitations = sa.Table(
    "space_invitations",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("invited_by", sa.Text, nullable=False),
    sa.Index("ix_space_invitations_user_id", "user_id"),
)
"""Who is invited where and has not answered, for the list of one person's invitations; what
counts is the stream."""

gateway_tokens = sa.Table(
    "gateway_tokens",
    metadata,
    sa.Column("token_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("space_id", sa.Text, nullable=False, index=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("read_only", sa.Boolean, nullable=False),
    sa.Column("tools", sa.JSON(none_as_null=True)),
    sa.Column("can_manage", sa.Boolean, nullable=False),
    sa.Column("grant_id", sa.Text, index=True),
    sa.Column("last_used_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_by", sa.Text),
    sa.Column("is_service", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("program", sa.Text),
    sa.Index("ix_gateway_tokens_expires_at", "expires_at"),
    sa.Index("ix_gateway_tokens_revoked_at", "revoked_at"),
)
"""Gateway tokens by the SHA-256 of each. ``tools`` is a list of names, or null for all;
``grant_id`` names the client grant that a client's token belongs to. ``is_service``: it acts for
nobody in particular. ``program``: what called with it last, as that calls itself."""

used_once = sa.Table(
    "used_once",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
)
"""Signed principals that have changed something, approvals, and decisions on calls that waited for
them in a chat, until they expire by themselves."""
