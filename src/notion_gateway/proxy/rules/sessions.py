"""Whose an MCP session is. The id that a client sees carries a proof, and no replica a table.

Notion knows its sessions by the token that opened them, which a whole space shares: without
a binding of the gateway's own, one person's session id would work for another.
"""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from notion_gateway.kernel.errors import SessionUnknown
from notion_gateway.kernel.outbound.messages import RawHeaders

HEADER = b"mcp-session-id"
_MAC_BYTES = 16
_OPENS_LINKS, _PLAIN = b"u", b"-"


@dataclass(frozen=True, slots=True)
class Caller:
    """The space and person a session belongs to."""

    space_id: str
    user_id: str


@final
class SessionSeal:
    """``id.fmac``: Notion's own id, a flag for a client that opens links for a person (URL
    elicitation, as it said when it initialized), and 128 bits of HMAC-SHA-256 over all of it
    and the caller.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        """``keys``: at least one, newest first; all are accepted."""
        self._keys = keys

    def outgoing(self, headers: RawHeaders, caller: Caller, *, opens_links: bool) -> RawHeaders:
        """Notion's headers, its session id bound to whom it was given to."""
        flag = _OPENS_LINKS if opens_links else _PLAIN
        return [
            (name, self._bound(value, flag, caller)) if name == HEADER else (name, value)
            for name, value in headers
        ]

    def incoming(self, headers: RawHeaders, caller: Caller) -> tuple[RawHeaders, bool]:
        """The caller's headers with Notion's own session id, and whether it opens links.

        Raises SessionUnknown for an id that was not given to this caller in this space.
        """
        opens_links = False
        found: RawHeaders = []
        for name, value in headers:
            if name != HEADER:
                found.append((name, value))
                continue
            own, flag = self._opened(value, caller)
            opens_links = flag == _OPENS_LINKS
            found.append((name, own))
        return found, opens_links

    def _bound(self, own: bytes, flag: bytes, caller: Caller) -> bytes:
        return own + b"." + flag + _mac(self._keys()[0], own, flag, caller)

    def _opened(self, value: bytes, caller: Caller) -> tuple[bytes, bytes]:
        own, _, proof = value.rpartition(b".")
        flag, mac = proof[:1], proof[1:]
        for key in self._keys():
            if hmac.compare_digest(mac, _mac(key, own, flag, caller)):
                return own, flag
        raise SessionUnknown


def _mac(key: bytes, own: bytes, flag: bytes, caller: Caller) -> bytes:
    text = b"\n".join((own, flag, caller.space_id.encode(), caller.user_id.encode()))
    digest = hmac.digest(key, text, "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
