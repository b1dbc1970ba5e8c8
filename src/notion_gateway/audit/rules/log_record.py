"""An entry as a log record of OpenTelemetry.

Attributes that its conventions name have those names: for MCP as of version 0.1.0 of
semantic-conventions-genai, the others as of semantic-conventions 1.41, as in traces. What no
convention names begins with ``notion_gateway.``. docs/audit.md has them as a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from notion_gateway.audit.rules.entry import Entry, Kind

INFO, INFO_2, WARN = 9, 10, 13
"""Severities, by their numbers: what syslog calls informational, notice and warning."""
_WELL: Final = frozenset({"", "answered"})
_FAILURES: Final = 400

Value = str | int | float | Sequence[str]


@dataclass(frozen=True, slots=True)
class LogRecord:
    """``event``: what kind of record it is. ``trace_id``: 0 where the call has none."""

    at: float
    event: str
    severity: int
    text: str
    trace_id: int
    attributes: dict[str, Value]


def log_record(space_id: str, entry: Entry) -> LogRecord:
    """What was said in the call is left out: the space asked its own record for it."""
    event = f"notion_gateway.audit.{entry.kind}"
    if entry.kind is Kind.LOST:
        lost: dict[str, Value] = {
            "notion_gateway.space.id": space_id,
            "notion_gateway.calls": entry.calls,
        }
        return LogRecord(entry.at, event, WARN, "Calls are missing here.", 0, lost)
    named: dict[str, Value] = {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": entry.tool,
        "user.id": entry.user_id,
        "user_agent.original": entry.client,
        "http.response.status_code": entry.status,
        "http.request.body.size": entry.asked_bytes,
        "http.response.body.size": entry.answered_bytes,
        "error.type": _error(entry),
        "notion_gateway.space.id": space_id,
        "notion_gateway.token": entry.token,
        "notion_gateway.grant": entry.grant,
        "notion_gateway.outcome": entry.outcome,
        "notion_gateway.policy.rule": entry.rule,
        "notion_gateway.pages": list(entry.pages),
        "notion_gateway.more_pages": entry.more_pages,
        "notion_gateway.mcp_client": entry.mcp_client,
        "notion_gateway.duration_ms": entry.duration_ms,
        "notion_gateway.request.id": entry.request_id,
    }
    known = {name: value for name, value in named.items() if value}
    if entry.calls != 1:
        known["notion_gateway.calls"] = entry.calls
    severity = INFO_2 if entry.reason else INFO
    text = f"tools/call {entry.tool}".strip()
    return LogRecord(entry.at, event, severity, text, _number(entry.trace_id), known)


def _error(entry: Entry) -> str:
    """The gateway's reason, how the call broke off, or Notion's status, as in traces."""
    error = entry.reason or ("" if entry.outcome in _WELL else entry.outcome)
    return str(entry.status) if not error and entry.status >= _FAILURES else error


def _number(trace_id: str) -> int:
    try:
        return int(trace_id or "0", 16)
    except ValueError:
        return 0
