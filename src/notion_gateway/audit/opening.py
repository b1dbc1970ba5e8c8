"""Opens what keeps the calls of tools."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from notion_gateway.access.membership import Members
from notion_gateway.audit.contents import AskedContents
from notion_gateway.audit.forwarding import Forwarder, Receiver
from notion_gateway.audit.keeping import KeptDays
from notion_gateway.audit.retention import OldEntries
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.syslog_server import SyslogServer
from notion_gateway.audit.taken_from_calls import CallsTaken
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.kernel.clock import Clock
from notion_gateway.settings import Settings
from notion_gateway.settings.opentelemetry import is_disabled, require_exporter
from notion_gateway.storage.database import Database
from notion_gateway.vault.derived_keys import Proofs

PURPOSE = "audit chain"


@dataclass(frozen=True, slots=True)
class Audit:
    """``writer`` and ``calls`` are None where calls are not kept; what was kept before can be read
    all the same. ``forwarders`` tell a syslog server and OpenTelemetry, where that is set.
    ``days``: how long each space's are kept; ``days_of_all``, where a space says nothing of its
    own: 0 is for ever. ``contents``: what of what is said in calls a space asks for.
    """

    store: AuditStore
    contents: AskedContents
    days: KeptDays
    days_of_all: int
    clock: Clock
    writer: AuditWriter | None = None
    calls: CallsTaken | None = None
    forwarders: Sequence[Forwarder] = ()


def open_audit(
    settings: Settings, database: Database, clock: Clock, proofs: Proofs, members: Members
) -> Audit:
    """Raises ConfigurationError as ``require_audit_logs``."""
    store = AuditStore(database, proofs.keys(PURPOSE))
    contents = AskedContents(database, members, clock)
    of_spaces = Audit(store, contents, KeptDays(database), settings.gateway_audit_days, clock)
    if not settings.gateway_audit:
        return of_spaces
    forwarders = [Forwarder(one) for one in _receivers(settings)]
    required = settings.gateway_audit_required
    writer = AuditWriter(store, is_required=required, forwarders=forwarders)
    return replace(of_spaces, writer=writer, calls=CallsTaken(writer), forwarders=forwarders)


def _receivers(settings: Settings) -> Sequence[Receiver]:
    found: list[Receiver] = []
    if (address := settings.gateway_audit_syslog) is not None:
        found.append(SyslogServer(address))
    if settings.gateway_audit_opentelemetry and not is_disabled():
        require_audit_logs(settings)
        from notion_gateway.audit.log_collector import LogCollector

        found.append(LogCollector())
    return found


def require_audit_logs(settings: Settings) -> None:
    """Raises ConfigurationError where OpenTelemetry is to be told of calls, and cannot be."""
    if settings.gateway_audit_opentelemetry:
        require_exporter("GATEWAY_AUDIT_OPENTELEMETRY", "logs")


def old_entries(settings: Settings, store: AuditStore) -> OldEntries:
    days = settings.gateway_audit_days
    return OldEntries(store, timedelta(days=days) if days else None)
