"""One call of a tool, as it is kept."""

import json
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Final

MAX_CHARACTERS: Final = 200
"""Of what a caller chooses: its program's name, an id. More is cut."""
MAX_PAGES: Final = 20
"""That one entry names. More is left out."""


class Kind(StrEnum):
    CALL = "call"
    LOST = "lost"
    """Calls that could not be kept: ``calls`` says how many since the entry before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Empty where it is not known. ``at``: when it ended, in seconds since 1970. ``token``: what
    the caller's token, or the login that it belongs to, is listed under; never the token.
    ``client``: the program, as it calls itself. ``duration_ms`` from the first byte to the last.
    ``asked_bytes``: the call's body. ``pages``: ids of Notion's that the call named.
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

    @property
    def in_one_form(self) -> bytes:
        """The same bytes for the same entry, whatever database it comes from."""
        return json.dumps(astuple(self), separators=(",", ":"), ensure_ascii=True).encode()
