"""Connections to Notion: their secrets, consents, and who may renew them."""

from typing import Final

import sqlalchemy as sa

from notion_gateway.storage.schema.metadata import metadata
from notion_gateway.storage.schema.partial_index import partial_index

_OF_GRANTS: Final = "field = 'access_token'"

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
    sa.Column("slot", sa.SmallInteger),
    sa.Index("ix_secrets_field", "field", "space_id"),
    partial_index("ix_secrets_slot", "slot", "space_id", where=_OF_GRANTS),
    partial_index("ix_secrets_age", "created_at", "space_id", where=_OF_GRANTS),
)
"""Sealed tokens of living grants. ``space_id`` is the grant's id, which is the space's for the
shared one, as in ``leases`` and ``changes``. ``key_id`` tells key rotation what is left to re-wrap,
``created_at`` (on the database's clock) which grants nobody has used for long. ``slot``, of access
tokens alone, is when their grant is looked at (``kernel/slots.py``); None where a version stored it
that knew no slots."""

is_access_token: Final = secrets.c.field == sa.literal_column("'access_token'")
"""Each living grant has one. Written into the statement, not given to it: only so is it certain,
when the statement is planned, that the two indexes of such rows have all that it asks for.
"""

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

grant_uses = sa.Table(
    "grant_uses",
    metadata,
    sa.Column("grant_id", sa.Text, primary_key=True),
    sa.Column("called_at", sa.Double, nullable=False),
)
"""When a caller's request last went to Notion with a grant: seconds since 1970, written once a
minute at most."""

learned_budgets = sa.Table(
    "learned_budgets",
    metadata,
    sa.Column("process_id", sa.Text, primary_key=True),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("window_seconds", sa.Double, nullable=False),
    sa.Column("paced_at", sa.Double, nullable=False, index=True),
)
"""What was learned of the calls that Notion grants a grant in a window, by its process id.
``paced_at``: when its calls last had to wait for their turn, in seconds since 1970."""

member_grants = sa.Table(
    "member_grants",
    metadata,
    sa.Column("space_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("left_at", sa.DateTime(timezone=True)),
)
"""Who has connected their own Notion in a space; made from the streams
``notion-integration/{space_id}/member/…``, in the same transactions. ``left_at``: when the person
left the space, which ends the grant, whether or not they have come back since."""
