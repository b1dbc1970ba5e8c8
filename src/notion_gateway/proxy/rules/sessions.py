"""Whose an MCP session is. The id that a client sees carries a proof, and no replica a table.

Notion knows its sessions by the token that opened them, which a whole space may share: without
a binding of the gateway's own, one person's session id would work for another, or for the same
person by another grant.
"""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

from notion_gateway.kernel.errors import SessionUnknown
from notion_gateway.kernel.outbound.messages import RawHeaders

HEADER = b"mcp-session-id"
_MAC_BYTES = 16
_MAC_CHARACTERS = 22
_MOST_CLIENT_BYTES = 96
"""Of what a program says that it is; more is cut. The session's id is in each of its calls."""
_FLAGS = {  # of (opens_links, is_ours, shows_forms)
    (True, False, False): b"u",
    (False, False, False): b"-",
    (True, True, False): b"U",
    (False, True, False): b"_",
    (True, False, True): b"b",
    (False, False, True): b"f",
    (True, True, True): b"B",
    (False, True, True): b"F",
}
"""A gateway of a version that does not know a flag takes it for none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls in which space, and by which grant: theirs is a session."""

    space_id: str
    user_id: str
    grant_id: str


@dataclass(frozen=True, slots=True)
class Elicitation:
    """What a client said when it initialized: that it opens links for its person, and that it
    shows them forms.
    """

    opens_links: bool = False
    shows_forms: bool = False


NO_ELICITATION = Elicitation()


@dataclass(frozen=True, slots=True)
class Session:
    """What a session's id says. ``is_ours``: the gateway opened it itself, because Notion did not;
    Notion knows nothing of it. ``client``: what the program said that it is when it began the
    session, where calls are recorded.
    """

    asks: Elicitation = NO_ELICITATION
    is_ours: bool = False
    client: str = ""


_NO_SESSION = Session()
_SESSIONS = {
    flag: Session(Elicitation(opens_links, shows_forms), is_ours)
    for (opens_links, is_ours, shows_forms), flag in _FLAGS.items()
}


@final
class SessionSeal:
    """``id.fmac``: Notion's own id, a flag for what else the session is (``Session``), and 128
    bits of HMAC-SHA-256 over all of it and the caller. Where the program is to be known later, its
    name follows in base64url: to a gateway of an earlier version that session is unknown, and the
    client begins another.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        """``keys``: at least one, newest first; all are accepted."""
        self._keys = keys

    def outgoing(
        self, headers: RawHeaders, caller: Caller, asks: Elicitation, client: str = ""
    ) -> RawHeaders:
        """Notion's headers, its session id bound to whom it was given to."""
        for name, _ in headers:
            if name == HEADER:
                break
        else:
            return headers
        flag = _flag(asks, is_ours=False)
        return [
            (name, self._bound(value, flag, caller, client)) if name == HEADER else (name, value)
            for name, value in headers
        ]

    def ours(self, own: str, caller: Caller, asks: Elicitation, client: str = "") -> bytes:
        """The id of a session that the gateway opens itself; ``own`` is random."""
        return self._bound(own.encode(), _flag(asks, is_ours=True), caller, client)

    def incoming(self, headers: RawHeaders, caller: Caller) -> tuple[RawHeaders, Session]:
        """The caller's headers with Notion's own session id, without one that is the gateway's;
        and what the id said.

        Raises SessionUnknown for an id that was not given to this caller, in this space and by this
        grant.
        """
        session = _NO_SESSION
        if HEADER not in dict(headers):
            return headers, session
        found: RawHeaders = []
        for name, value in headers:
            if name != HEADER:
                found.append((name, value))
                continue
            own, flag, client = self._opened(value, caller)
            session = _SESSIONS.get(flag, _NO_SESSION)
            if client:
                session = replace(session, client=client)
            if not session.is_ours:
                found.append((name, own))
        return found, session

    def _bound(self, own: bytes, flag: bytes, caller: Caller, client: str) -> bytes:
        named = _base64(client.encode()[:_MOST_CLIENT_BYTES])
        return own + b"." + flag + _mac(self._keys()[0], own, flag + named, caller) + named

    def _opened(self, value: bytes, caller: Caller) -> tuple[bytes, bytes, str]:
        own, _, proof = value.rpartition(b".")
        flag, rest = proof[:1], proof[1:]
        mac, named = rest[:_MAC_CHARACTERS], rest[_MAC_CHARACTERS:]
        for key in self._keys():
            if hmac.compare_digest(mac, _mac(key, own, flag + named, caller)):
                return own, flag, _text(named)
        raise SessionUnknown


def _flag(asks: Elicitation, *, is_ours: bool) -> bytes:
    return _FLAGS[asks.opens_links, is_ours, asks.shows_forms]


def _mac(key: bytes, own: bytes, flag: bytes, caller: Caller) -> bytes:
    # The grant's id names the space too; the shared one's is the space's.
    text = b"\n".join((own, flag, caller.grant_id.encode(), caller.user_id.encode()))
    digest = hmac.digest(key, text, "sha256")[:_MAC_BYTES]
    return _base64(digest)


def _base64(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _text(named: bytes) -> str:
    """Of what ``_base64`` made; a character that was cut in the middle is left out."""
    return base64.urlsafe_b64decode(named + b"=" * (-len(named) % 4)).decode(errors="ignore")
