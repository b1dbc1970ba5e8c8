"""One call of a tool, or one login that was refused, as it is kept."""

import json
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Final

MAX_CHARACTERS: Final = 200
"""Of what a caller chooses: its program's name, an id. More is cut."""
MAX_PAGES: Final = 200
"""That one entry names: twice what any of Notion's tools takes. More are counted."""


class Kind(StrEnum):
    CALL = "call"
    LOGIN = "login"
    """A login for the space that was refused: ``reason`` says why, ``token`` what the machine is
    listed under that it was for.
    """
    LOST = "lost"
    """Calls that could not be kept: ``calls`` says how many since the entry before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Empty where it is not known. ``at``: when it ended, in seconds since 1970. ``token``: what
    the caller's token, or the login that it belongs to, is listed under; never the token.
    ``client``: the program, as it calls itself. ``duration_ms`` from the first byte to the last.
    ``asked_bytes``: the call's body; ``answered_bytes``: the answer's. ``pages``: ids of Notion's
    that the call named. ``calls``: how many it stands for. ``grant``: with which the call went to
    Notion, ``shared`` or ``personal``, which is the caller's own. ``arguments`` and ``result`` are
    JSON, redacted and cut (``redaction.py``), where the space asks for them. ``more_pages``: how
    many it named besides ``pages``, at least. ``mcp_client``: the program's name and version as
    it says them in the call itself, from MCP 2026-07-28 on, or at the beginning of its session.
    """

    at: float
    kind: Kind = Kind.CALL
    user_id: str = ""
    token: str = ""
    client: str = ""
    tool: str = ""
    status: int = 0
    outcome: str = ""
    reason: str = ""
    duration_ms: float = 0.0
    asked_bytes: int = 0
    request_id: str = ""
    trace_id: str = ""
    rule: str = ""
    pages: tuple[str, ...] = ()
    calls: int = 1
    grant: str = ""
    answered_bytes: int = 0
    arguments: str = ""
    result: str = ""
    more_pages: int = 0
    mcp_client: str = ""

    @property
    def in_one_form(self) -> bytes:
        """The same bytes for the same entry, whatever database it comes from. What entries have
        got later is named, and left out where it says nothing: those of before keep their codes.
        """
        form: tuple[object, ...] = _first_of(self)
        later = _later_of(self)
        if later != _WHERE_EMPTY:
            said = zip(_LATER, later, _WHERE_EMPTY, strict=True)
            form += ({name: value for name, value, empty in said if value != empty},)
        return _encoder.encode(form).encode()


_NAMES: Final = tuple(one.name for one in fields(Entry))
_FIRST: Final = _NAMES[:16]
_LATER: Final = _NAMES[16:]
_WHERE_EMPTY: Final = tuple(one.default for one in fields(Entry))[16:]
_first_of: Final = attrgetter(*_FIRST)
_later_of: Final = attrgetter(*_LATER)
_encoder: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)
