"""What is known of Notion's tools, and how that has changed."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata

catalogues = sa.Table(
    "catalogues",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False, server_default=""),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tools", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("reading", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("seen", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("seen_version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seen_at", sa.Double),
    sa.Column("seen_by", sa.Text),
    sa.Column("looked_at", sa.Double, nullable=False, server_default="0", index=True),
    sa.Column("failure", sa.Text),
    sa.Column("heard_at", sa.Double, nullable=False, server_default="0"),
    sa.Column("due_at", sa.Double, nullable=False, index=True),
    sa.Column("claim", sa.Text, nullable=False, server_default=""),
)
"""Which tools Notion lists for a grant, ``space_id`` by its id, as of the newest look, and which of
them its people have seen.
``version`` counts looks that found something new. ``due_at``: when somebody looks again; while
somebody looks, who has the ``claim``, until when nobody else does. ``heard_at``: when Notion last
said that its lists have changed, or a person asked for a look. Times are in seconds since 1970."""

catalogue_changes = sa.Table(
    "catalogue_changes",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("flagged", sa.Boolean, nullable=False),
    sa.Column("differences", sa.JSON, nullable=False),
    sa.Column("seen_at", sa.Double),
    sa.Column("seen_by", sa.Text),
    sa.Column("left_out", sa.Integer, nullable=False, server_default="0"),
)
"""What was found to have changed, numbered from 1 within a grant: the newest 500, and what nobody
has seen of up to 500 tools. ``left_out``: changes of the same tool right before it that went."""
