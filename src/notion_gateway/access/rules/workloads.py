"""Workloads: programs that prove who they are by a token of where they run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from notion_gateway.access.rules.gateway_tokens import PREFIXES, ListedToken, TokenKind
from notion_gateway.access.rules.space_events import SpaceWorkloadAllowed
from notion_gateway.kernel.errors import InvalidRequest

WORKLOAD_PREFIX: Final = "workload-"
MAX_PATTERN_CHARACTERS: Final = 500
_SEPARATOR: Final = re.compile(r"([:/])")
_ANY: Final = "**"
_FIXED: Final = 2
"""So many parts at the beginning have no star."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Whoever has a token of ``issuer`` for ``audience`` whose subject fits ``subject`` may act in
    the space. Its keys are ``jwks``, at ``jwks_url``, or where the issuer says.
    """

    workload_id: str
    name: str
    issuer: str
    audience: str
    subject: str
    allowed_at: datetime
    allowed_by: str
    expires_at: datetime
    jwks: Mapping[str, Any] | None = None
    jwks_url: str | None = None
    read_only: bool = False
    tools: frozenset[str] | None = None

    def fits(self, subject: str) -> bool:
        return fits(self.subject, subject)

    def listed(self, last_used_at: datetime | None) -> ListedToken:
        return ListedToken(
            token_id=self.workload_id,
            kind=TokenKind.MACHINE,
            user_id=self.workload_id,
            made_by=self.allowed_by,
            name=self.name,
            client_name=None,
            hint=f"{PREFIXES[TokenKind.MACHINE]}…",
            created_at=self.allowed_at,
            expires_at=self.expires_at,
            last_used_at=last_used_at,
            read_only=self.read_only,
            tools=self.tools,
            can_manage=False,
            client_id=self.workload_id,
        )


def fits(pattern: str, subject: str) -> bool:
    """Part by part, where a part ends at ``:`` or ``/``: a ``*`` at the end of one stands for the
    rest of it, at least one character; ``**`` as the last one for all that follows.
    """
    wanted, given = _SEPARATOR.split(pattern), _SEPARATOR.split(subject)
    if wanted[-1] == _ANY:
        head = wanted[:-1]
        rest = "".join(given[len(head) :])
        return rest != "" and all(map(_part_fits, head, given))
    return len(wanted) == len(given) and all(map(_part_fits, wanted, given))


def _part_fits(wanted: str, given: str) -> bool:
    if wanted.endswith("*"):
        return len(given) >= len(wanted) and given.startswith(wanted[:-1])
    return wanted == given


def require_narrow(pattern: str) -> None:
    """Anybody in the world gets tokens of a public issuer, such as GitHub's, with a subject of
    their own: what tells its tenants apart has to be written out. Raises InvalidRequest.
    """
    if not 1 <= len(pattern) <= MAX_PATTERN_CHARACTERS or not pattern.isprintable():
        raise InvalidRequest("subject has 1 to 500 printable characters.")
    parts = _SEPARATOR.split(pattern)[::2]
    if any("*" in one.removesuffix("*") for one in parts[:-1]) or (
        parts[-1] != _ANY and "*" in parts[-1].removesuffix("*")
    ):
        raise InvalidRequest("subject has a * inside: it ends a part, and ** is the last one.")
    if "*" in pattern and (len(parts) <= _FIXED or any("*" in one for one in parts[:_FIXED])):
        raise InvalidRequest(
            "subject is too wide: its first two parts, which end at : or /, must have no *, as in"
            " repo:birch/website:ref:refs/heads/* or system:serviceaccount:builds:*."
        )


def workload_of(event: SpaceWorkloadAllowed) -> Workload:
    return Workload(
        workload_id=event.workload_id,
        name=event.name,
        issuer=event.issuer,
        audience=event.audience,
        subject=event.subject,
        allowed_at=event.at,
        allowed_by=event.allowed_by,
        expires_at=event.expires_at,
        jwks=event.jwks,
        jwks_url=event.jwks_url,
        read_only=event.read_only,
        tools=None if event.tools is None else frozenset(event.tools),
    )
