"""The tables, by feature. New databases are made of them, and ``migrations/`` brings older ones to
this shape: a test holds the two together.
"""

from notion_gateway.storage.schema import (
    access,
    audit,
    catalogue,
    clients,
    conversations,
    events,
    grants,
    issuers,
    notices,
)
from notion_gateway.storage.schema.metadata import REVISION, metadata

__all__ = [
    "REVISION",
    "access",
    "audit",
    "catalogue",
    "clients",
    "conversations",
    "events",
    "grants",
    "issuers",
    "metadata",
    "notices",
]
