"""The history of events, what it adds up to, and notices of changes."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

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

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("format", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
)
"""What a stream's events up to ``version`` add up to, so that not all of them are read each time.
Made from them alone and never needed: without a row, or with one that does not fit, they are read
from the first on. ``format``: of whoever wrote it, so that versions side by side leave each
other's alone."""

changes = sa.Table(
    "changes",
    metadata,
    # SQLite gives ids by itself, of 64 bits, to what is called INTEGER alone.
    sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.Identity(),
        primary_key=True,
    ),
    sa.Column("space_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Double, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False, server_default="credentials"),
)
"""A short-lived notice for the other processes' caches. ``topic``: ``credentials``, where a
grant's Notion tokens were replaced (``version`` is its stream's), ``access``, where a space's
members or gateway tokens changed, ``policy``, ``grants``, where it was chosen with whose grant
people act there, ``lists``, where Notion has said that its lists did, ``catalogue``, where what is
known of a space's tools did, or ``audit``, where it was set what a space has recorded. ``at`` is on
the database's clock; rows are kept for two minutes.
"""
