"""What an OAuth server answered, judged without a socket.

A judge tells apart the only three things that matter to a grant: it was answered, it was
refused, or nobody knows. Whatever is not a clear refusal keeps the grant.
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import GAVE_UP_WAITING, HttpAnswer
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.text import short_text

DEFAULT_LIFETIME_SECONDS = 3600
"""For an answer without ``expires_in`` (RFC 6749 section 5.1 only recommends it)."""

MAX_LIFETIME_SECONDS = 24 * 3600
"""A longer promise is not believed: refreshing early is cheap, a dead token is not."""

_OK, _SERVER_FAULT = 200, 500
_NOT_NOW = frozenset({408, 425})
BUSY = frozenset({429, 503, 529})
"""529, ``service_overload``, is Notion's own: 429 for the service as a whole."""


@dataclass(frozen=True, slots=True)
class Issued:
    """``refresh_token`` is None where the answer brought none: the old one stays. The workspace
    is Notion's own addition, which it may leave out.
    """

    access_token: Secret
    refresh_token: Secret | None
    lifetime_seconds: int
    scope: str | None = None
    workspace_id: str | None = None
    workspace_name: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A clear no from the token endpoint (RFC 6749 section 5.2)."""

    error: Literal["invalid_grant", "invalid_client"]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Neither yes nor no: a fault on the way, a limit, garbage. Says nothing about the grant.

    ``retry_after_seconds`` is what the server asked for, if it did. ``may_be_under_way``: whoever
    answered, if anybody did, is not the one that works on the request, and that one may go on.
    """

    detail: str
    retry_after_seconds: int | None = None
    may_be_under_way: bool = False


def judge_tokens(answer: HttpAnswer) -> Issued | Refused | Unclear:
    """What the token endpoint's answer means for a grant (RFC 6749 section 5.1 and 5.2)."""
    document = json_object(answer.body)
    if answer.status == _OK:
        return _judge_issued(document)
    error = (document or {}).get("error")
    if answer.status in (400, 401) and error == "invalid_grant":
        return Refused("invalid_grant")
    if answer.status in (400, 401) and error == "invalid_client":
        return Refused("invalid_client")
    return Unclear(
        f"status {answer.status}",
        _retry_after(answer),
        may_be_under_way=answer.status in GAVE_UP_WAITING,
    )


def judge_introspection(answer: HttpAnswer) -> bool | None:
    """Whether the token is good (RFC 7662 section 2.2); None where the server does not say, to this
    client or at all. Raises UpstreamUnreachable where it may say so later.
    """
    require_available(answer)
    if answer.status == _OK:
        active = (json_object(answer.body) or {}).get("active")
        return active if isinstance(active, bool) else None
    if answer.status in _NOT_NOW or answer.status >= _SERVER_FAULT:
        raise UpstreamUnreachable(f"Notion did not say whether a token is good ({answer.status}).")
    return None


def require_available(answer: HttpAnswer) -> None:
    """Raises UpstreamUnreachable, with what the server asked for, where it says that it is busy:
    that speaks neither for nor against what it is asked about.
    """
    if answer.status in BUSY:
        raise UpstreamUnreachable(
            f"Notion is busy (status {answer.status}). Try again in a moment.",
            retry_after_seconds=_retry_after(answer),
        )


def _judge_issued(document: dict[str, Any] | None) -> Issued | Unclear:
    if document is None:
        return Unclear("status 200 with an unreadable body")
    access = document.get("access_token")
    token_type = document.get("token_type")
    if not _is_token(access) or not isinstance(token_type, str) or token_type.lower() != "bearer":
        return Unclear("status 200 without a bearer token")
    refresh, scope = document.get("refresh_token"), document.get("scope")
    return Issued(
        access_token=Secret(cast("str", access)),
        refresh_token=Secret(cast("str", refresh)) if _is_token(refresh) else None,
        lifetime_seconds=_lifetime(document.get("expires_in")),
        scope=scope if isinstance(scope, str) and scope else None,
        workspace_id=short_text(document.get("workspace_id")),
        workspace_name=short_text(document.get("workspace_name")),
    )


def _is_token(value: object) -> bool:
    # RFC 6750 section 2.1 lets a token travel in a header: visible ASCII only.
    return isinstance(value, str) and bool(value) and all("!" <= char <= "~" for char in value)


def _lifetime(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124 - NaN
        return DEFAULT_LIFETIME_SECONDS
    return int(min(max(value, 1), MAX_LIFETIME_SECONDS))


def _retry_after(answer: HttpAnswer) -> int | None:
    """Seconds only (RFC 9110 section 10.2.3); a date is not worth trusting a foreign clock."""
    value = answer.headers.get("retry-after", "").strip()
    return min(int(value), 3600) if value.isascii() and value.isdigit() else None
