"""Opens what keeps the calls of tools."""

from dataclasses import dataclass, replace
from datetime import timedelta

from notion_gateway.access.membership import Members
from notion_gateway.audit.contents import AskedContents
from notion_gateway.audit.forwarding import Forwarder
from notion_gateway.audit.keeping import KeptDays
from notion_gateway.audit.retention import OldEntries
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.taken_from_calls import CallsTaken
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.kernel.clock import Clock
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.vault.derived_keys import Proofs

PURPOSE = "audit chain"


@dataclass(frozen=True, slots=True)
class Audit:
    """``writer`` and ``calls`` are None where calls are not kept; what was kept before can be read
    all the same. ``forwarder`` tells a syslog server, where one is set. ``days``: how long each
    space's are kept; ``days_of_all``, where a space says nothing of its own: 0 is for ever.
    ``contents``: what of what is said in calls a space asks for.
    """

    store: AuditStore
    contents: AskedContents
    days: KeptDays
    days_of_all: int
    clock: Clock
    writer: AuditWriter | None = None
    calls: CallsTaken | None = None
    forwarder: Forwarder | None = None


def open_audit(
    settings: Settings, database: Database, clock: Clock, proofs: Proofs, members: Members
) -> Audit:
    store = AuditStore(database, proofs.keys(PURPOSE))
    contents = AskedContents(database, members, clock)
    of_spaces = Audit(store, contents, KeptDays(database), settings.gateway_audit_days, clock)
    if not settings.gateway_audit:
        return of_spaces
    address = settings.gateway_audit_syslog
    forwarder = None if address is None else Forwarder(address)
    required = settings.gateway_audit_required
    writer = AuditWriter(store, is_required=required, forwarder=forwarder)
    return replace(of_spaces, writer=writer, calls=CallsTaken(writer), forwarder=forwarder)


def old_entries(settings: Settings, store: AuditStore) -> OldEntries:
    days = settings.gateway_audit_days
    return OldEntries(store, timedelta(days=days) if days else None)
