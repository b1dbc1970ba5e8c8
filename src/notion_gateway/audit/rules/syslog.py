"""An entry as a message of syslog (RFC 5424), and where it goes."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from notion_gateway.audit.rules.entry import Entry, Kind

_AUDIT: Final = 13
"""The facility (RFC 5424, section 6.2.1)."""
_WARNING, _NOTICE, _INFORMATIONAL = 4, 5, 6
_NAME: Final = "notion-gateway"
_LEFT_OUT: Final = frozenset({"at", "arguments", "result"})


def syslog_message(space_id: str, entry: Entry, host: str, process: int) -> bytes:
    """In one line of ASCII. What was said in the call is left out: the space asked its own record
    for it. Refusals are notices, lost entries warnings, all others informational.
    """
    severity = _NOTICE if entry.reason else _INFORMATIONAL
    if entry.kind is Kind.LOST:
        severity = _WARNING
    at = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    said = {name: value for name, value in asdict(entry).items() if name not in _LEFT_OUT and value}
    text = json.dumps({"space_id": space_id, **said}, separators=(",", ":"))
    head = f"<{_AUDIT * 8 + severity}>1 {at} {_shown(host)} {_NAME} {process} {entry.kind} - "
    return (head + text).encode("ascii")


def counted(message: bytes) -> bytes:
    """As it goes over a connection (RFC 5425, section 4.3; RFC 6587, section 3.4.1)."""
    return b"%d %b" % (len(message), message)


def _shown(host: str) -> str:
    return "".join(one for one in host if "!" <= one <= "~")[:255] or "-"
