"""The record of calls."""

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata
from notion_gateway.storage.schema.partial_index import partial_index

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("duration_ms", sa.Double, nullable=False),
    sa.Column("asked_bytes", sa.BigInteger, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("pages", sa.JSON, nullable=False),
    sa.Column("calls", sa.BigInteger, nullable=False),
    sa.Column("grant", sa.Text, nullable=False, server_default=""),
    sa.Column("answered_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("arguments", sa.Text, nullable=False, server_default=""),
    sa.Column("result", sa.Text, nullable=False, server_default=""),
    sa.Column("more_pages", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("mcp_client", sa.Text, nullable=False, server_default=""),
    sa.Column("code", sa.LargeBinary, nullable=False),
    sa.Index("ix_audit_entries_at", "space_id", "at", "number"),
    sa.Index("ix_audit_entries_user", "space_id", "user_id", "at", "number"),
    sa.Index("ix_audit_entries_token", "space_id", "token", "at", "number"),
    sa.Index("ix_audit_entries_tool", "space_id", "tool", "at", "number"),
    *(
        partial_index(f"ix_audit_entries_{name}", "space_id", name, "at", "number", where=where)
        for name, where in (
            ("reason", "\"reason\" != ''"),
            ("grant", "\"grant\" != ''"),
            ("outcome", "\"outcome\" != 'answered'"),
        )
    ),
)
"""Calls of tools, numbered from 1 within a space and chained: ``code`` is made from the entry and
from the code before it (``audit/rules/chain.py``). Nothing changes a row; the oldest go together
once their time is over. ``at`` is in seconds since 1970. Most entries have no ``reason`` and the
``outcome`` ``answered``, and in most spaces none has a ``grant``: those are not in the indexes of
the three, and cost them nothing."""

audit_pages = sa.Table(
    "audit_pages",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("page", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double),
    sa.Column("writes", sa.Boolean),
    partial_index("ix_audit_pages_writing", "space_id", "page", "at", "number", where="writes"),
    partial_index("ix_audit_pages_unfilled", "space_id", "page", "number", where="writes IS NULL"),
)
"""Which entries named a page, by their numbers, so that a page's are found among many. ``at`` is
the entry's, ``writes`` whether it may have changed the page: both null in rows of gateways that do
not know them, until maintenance fills them in (``audit/filling.py``). One index has those alone
that may have changed it, the other those that are not filled in."""

audit_ends = sa.Table(
    "audit_ends",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("kept_after", sa.BigInteger, nullable=False),
    sa.Column("kept_after_code", sa.LargeBinary, nullable=False),
    sa.Column("newest", sa.BigInteger, nullable=False),
    sa.Column("newest_code", sa.LargeBinary, nullable=False),
    sa.Column("proof", sa.LargeBinary, nullable=False),
)
"""Between which entries a space's chain runs: the newest of those that were deleted, and the
newest of all, each with its code; ``proof`` covers the row."""
