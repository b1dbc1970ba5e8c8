"""The tables. New databases are made of them, and ``migrations/`` brings older ones to this shape:
a test holds the two together.
"""

import sqlalchemy as sa
from sqlalchemy import event

metadata = sa.MetaData()

REVISION = "0023_serves_0010"
"""The newest of ``migrations/``."""

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
"""Sealed tokens of living grants. ``space_id`` is the grant's id, which is the space's for the
shared one, as in ``leases`` and ``changes``. ``key_id`` tells key rotation what is left to re-wrap,
``created_at`` (on the database's clock) which grants nobody has used for long."""

proof_keys = sa.Table(
    "proof_keys",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("ciphertext", sa.LargeBinary, nullable=False),
)
"""One row: the sealed key from which proofs are made that outlive the encryption keys."""

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
"""Who may redeem a grant's refresh token, until when: seconds since 1970 on the database's
clock."""

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
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
    sa.Index("ix_space_members_user_id", "user_id"),
)
"""Who belongs where, for the list of one person's spaces; what counts is the stream.
``is_chosen``: they made the space or accepted an invitation."""

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

member_grants = sa.Table(
    "member_grants",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False),
)
"""Who has connected their own Notion in a space; made from the streams
``notion-integration/{space_id}/member/…``, in the same transactions."""

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
)
"""Gateway tokens by the SHA-256 of each. ``tools`` is a list of names, or null for all;
``grant_id`` names the OAuth grant that a client's token belongs to. ``is_service``: it acts for
nobody in particular."""

used_once = sa.Table(
    "used_once",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
)
"""Signed principals that have changed something, and approvals, until they expire by themselves."""

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
)
"""What a person allowed a client in a space; one row is one login, from its code on. ``kind`` is
that of its tokens, and ``can_manage`` holds for them. ``issuer``: whose word said who the person
is."""

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
when the issuer last said who they are and where they belong; None once it was revoked."""

revoked_issuers = sa.Table(
    "revoked_issuers",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked_by", sa.Text, nullable=False),
)
"""Issuers whose word counts no longer, whatever the settings say, until an operator restores
them."""

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
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
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
    sa.Column("code", sa.LargeBinary, nullable=False),
    sa.Index("ix_audit_entries_at", "space_id", "at", "number"),
    sa.Index("ix_audit_entries_user", "space_id", "user_id", "at", "number"),
    sa.Index("ix_audit_entries_token", "space_id", "token", "at", "number"),
    sa.Index("ix_audit_entries_tool", "space_id", "tool", "at", "number"),
)
"""Calls of tools, numbered from 1 within a space and chained: ``code`` is made from the entry and
from the code before it (``audit/rules/chain.py``). Nothing changes a row; the oldest go together
once their time is over. ``at`` is in seconds since 1970. Most entries have no ``reason`` and the
``outcome`` ``answered``, and in most spaces none has a ``grant``: those are not in the indexes of
the three, and cost them nothing."""

for _column, _usual in (("reason", ""), ("grant", ""), ("outcome", "answered")):
    # Of entries that have another one than most. By DDL of our own, since an index with a
    # condition would have SQLAlchemy load the dialect of the other database.
    event.listen(
        audit_entries,
        "after_create",
        sa.DDL(
            f"CREATE INDEX ix_audit_entries_{_column} ON audit_entries"
            f' (space_id, "{_column}", at, number) WHERE "{_column}" != \'{_usual}\''
        ),
    )

audit_pages = sa.Table(
    "audit_pages",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("page", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
)
"""Which entries named a page, by their numbers, so that a page's are found among many."""

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

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("webhook_id", sa.Text, primary_key=True),
    sa.Column("space_id", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),
    sa.Column("secret_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)
"""Where a space's owners want to be told what happens. ``url``: https, or ``mailto:``. ``kinds``:
of which messages, with a comma before and after each; empty for all. ``secret_id`` names the row of
``secrets`` that they are signed with, and is empty for e-mail. ``created_at`` is in seconds since
1970."""

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("space_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.Double, nullable=False),
    sa.Column("give_up_at", sa.Double, nullable=False),
    sa.Column("claim", sa.Text, nullable=False),
    sa.Column("attempted_at", sa.Double),
    sa.Column("http_status", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Index("ix_webhook_deliveries_key", "webhook_id", "space_id", "key", unique=True),
    sa.Index("ix_webhook_deliveries_next", "progress", "next_at"),
)
"""What is to be told, and was: a message for one webhook, written in the transaction of what
happened. The unique index lets nobody be told of one thing twice. ``claim``: the gateway's attempt
that has it until ``next_at``. Times are in seconds since 1970."""

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
    sa.Column("looked_at", sa.Double, nullable=False, server_default="0"),
    sa.Column("failure", sa.Text),
    sa.Column("heard_at", sa.Double, nullable=False, server_default="0"),
    sa.Column("due_at", sa.Double, nullable=False, index=True),
    sa.Column("claim", sa.Text, nullable=False, server_default=""),
)
"""Which tools Notion lists for a space, as of the newest look, and which of them an owner has seen.
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
)
"""What was found to have changed, numbered from 1 within a space, the newest 500."""

conversation_keepers = sa.Table(
    "conversation_keepers",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("secret_id", sa.Text, nullable=False),
    sa.Column("changes", sa.BigInteger, nullable=False),
)
"""Who keeps conversations in a space. ``secret_id`` names the row of ``secrets`` with the key that
they are sealed with; ``changes`` counts what that person has changed."""

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("is_pinned", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("updated_at", sa.Double, nullable=False, index=True),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("message_change", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("answering_until", sa.Double),
    sa.Column("stops", sa.Integer, nullable=False, server_default="0"),
    sa.Column("waiting", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_conversations_order", "space_id", "user_id", "message_change"),
)
"""Of one person in one space. ``head``: title and last problem, sealed. ``change``: which of the
person's changes was its newest, ``message_change`` of its messages; ``bytes`` those messages take.
``answering_until``: whoever writes an answer saves again before; ``stops``: how often one was
stopped; ``waiting``: calls that wait for the person's word. Times are in seconds since 1970."""

conversation_messages = sa.Table(
    "conversation_messages",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)
"""``message``: sealed, ``bytes`` long. ``position``: in the order in which they were said."""

shared_conversations = sa.Table(
    "shared_conversations",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("share_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("secret_id", sa.Text, nullable=False),
    sa.Column("shared_at", sa.Double, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.UniqueConstraint(
        "space_id", "user_id", "conversation_id", name="uq_shared_conversations_conversation"
    ),
)
"""What ``user_id`` has shared of a conversation with the space's members, as it was at
``shared_at``: ``content`` is sealed, ``bytes`` long, with a key of its own, the row ``secret_id``
of ``secrets``."""
