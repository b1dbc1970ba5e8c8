"""People whom another issuer vouches for."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

issuer_people = sa.Table(
    "issuer_people",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    sa.Index("ix_issuer_people_email", "issuer", "email", unique=True),
    sa.Index("ix_issuer_people_user", "user_id"),
)
"""Who an issuer's people are here. ``email``: by which they were linked, once. ``confirmed_at``:
when the issuer last said who they are and where they belong; None while it is revoked."""

revoked_issuers = sa.Table(
    "revoked_issuers",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked_by", sa.Text, nullable=False),
)
"""Issuers whose word counts no longer, whatever the settings say, until an operator restores
them."""

issuer_refresh_tokens = sa.Table(
    "issuer_refresh_tokens",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("secret_id", sa.Text, index=True),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("refused_at", sa.DateTime(timezone=True)),
)
"""What an issuer is asked with, between two sign-ins, where somebody belongs; of ``client_id``, the
gateway's client there. ``secret_id``: its row of ``secrets``; None once the issuer has refused it,
at ``refused_at``. ``asked_at``: when it was asked last, or they signed in."""
