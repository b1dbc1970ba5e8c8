"""Notion's consent: what must be remembered until the browser comes back, and how its end is
judged.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from notion_gateway.access.rules.principal import Means
from notion_gateway.integration.errors import InvalidReturnPath
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.kernel.one_use_state import OneUseState
from notion_gateway.kernel.secret import Secret

RETURN_PATH_LIMIT = 1024
RESULT_NAMES = frozenset({"status", "error", "state", "spaceId", "processId", "workspaceId", "mcp"})
"""What the return site reads a consent's end from."""
_PATH = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*)?")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class ConnectError(StrEnum):
    """Closed list: the ``error`` of a callback that did not end in a connection."""

    ACCESS_DENIED = "access_denied"
    STATE_INVALID = "state_invalid"
    """Unknown, used, expired, or another browser's: never told apart to the outside."""
    ISSUER_MISMATCH = "issuer_mismatch"
    CODE_MISSING = "code_missing"
    CODE_REFUSED = "code_refused"
    AUTHORIZATION_FAILED = "authorization_failed"
    """Notion ended the consent with an error of its own."""
    NOTION_UNAVAILABLE = "notion_unavailable"
    NO_REFRESH_TOKEN = "no_refresh_token"  # noqa: S105 - a reason code, not a secret
    STORE_UNAVAILABLE = "store_unavailable"
    OWNER_REQUIRED = "owner_required"
    """Who began is no owner of the space any more; for their own grant, no member."""
    INTERNAL = "internal"


Site = Literal["return_site", "gateway"]
"""A consent begins on the product's own pages, or on one of the gateway's."""


class PendingConsent(OneUseState):
    """Remembered from start to callback, sealed, for one use. Holds secrets: no repr."""

    space_id: str
    user_id: str
    is_own: bool = False
    """For a grant of the person's own in the space, not for the one that everybody shares."""
    means: Means = Means.SIGN_IN
    """How who began had shown who they are; it decides how their role is asked again."""
    return_path: str
    ends_on: Site = "return_site"
    """Where ``return_path`` is a path: the consent ends on the site on which it began."""
    issuer: str
    resource: str
    client_id: str
    auth_method: Literal["none", "client_secret_post", "client_secret_basic"]
    client_secret: str | None
    code_verifier: str
    redirect_uri: str
    browser_sha256: str | None
    """Hash of the cookie set in the starting browser; None when a server started it."""
    confirm: bool = False
    """Whether the person who started must say so again before the code is exchanged."""
    answer: dict[str, str] | None = None
    """Notion's redirect, while it waits for that."""

    @property
    def grant_id(self) -> str:
        """Of the grant that the consent is for."""
        return member_grant(self.space_id, self.user_id) if self.is_own else self.space_id

    def __repr__(self) -> str:
        return f"PendingConsent(space_id={self.space_id!r})"

    __str__ = __repr__


def judge_redirect(
    query: Mapping[str, str], pending: PendingConsent, *, sends_iss: bool
) -> Secret | ConnectError:
    """The authorization code, or why there is none (RFC 6749 section 4.1.2, RFC 9207).

    ``iss`` is looked at first: after a mix-up nothing else in the redirect may be believed,
    not even its error.
    """
    issuer = query.get("iss")
    if issuer is None:
        if sends_iss:
            return ConnectError.ISSUER_MISMATCH
    elif issuer != pending.issuer:
        return ConnectError.ISSUER_MISMATCH
    if "error" in query:
        denied = query["error"] == "access_denied"
        return ConnectError.ACCESS_DENIED if denied else ConnectError.AUTHORIZATION_FAILED
    code = query.get("code")
    return Secret(code) if code else ConnectError.CODE_MISSING


def may_finish(
    pending: PendingConsent, *, browser: Secret | None, user_id: str | None, now: datetime
) -> bool:
    """Whether whoever came back is whoever left, as far as can be seen, and in time.

    A consent that a browser started ends only in that browser, so that nobody can be led
    to finish somebody else's. A caller who is known must be the user who started.
    """
    if now >= pending.expires_at:
        return False
    if user_id is not None and user_id != pending.user_id:
        return False
    if pending.browser_sha256 is None:
        return True
    return browser is not None and hmac.compare_digest(
        browser.fingerprint(), pending.browser_sha256
    )


def require_return_path(value: str) -> str:
    """The path unchanged. Raises InvalidReturnPath unless it can only lead to the return site.

    An allowed alphabet rather than a list of tricks: no backslash, no control character, no
    fragment. Escapes are undone until nothing changes, because the next hop may undo them
    too, and what comes out must not begin with two slashes (RFC 3986 section 4.2). An escaped
    question mark ends no path: a browser takes ``/%3F/..//evil.example`` for ``//evil.example``.
    """
    if len(value) > RETURN_PATH_LIMIT or not _PATH.fullmatch(value):
        raise InvalidReturnPath
    if _BROKEN_ESCAPE.search(value):
        raise InvalidReturnPath
    path, decoded = _decoded(value.partition("?")[0]), _decoded(value)
    if path.startswith("//") or "\\" in decoded or not decoded.isprintable():
        raise InvalidReturnPath
    if any(segment in (".", "..") for segment in re.split("[/?]", path)):
        raise InvalidReturnPath
    if RESULT_NAMES & dict(parse_qsl(urlsplit(value).query, keep_blank_values=True)).keys():
        raise InvalidReturnPath  # a result that was there before ours could be read for it
    return value


def _decoded(value: str) -> str:
    """Without a single escape left, however often it was escaped."""
    once = unquote(value, errors="replace")
    while once != value:
        value, once = once, unquote(once, errors="replace")
    return value


def return_url(base_url: str, return_path: str, result: Mapping[str, str]) -> str:
    """Where the browser goes at the end; ``return_path`` has been judged before."""
    separator = "&" if "?" in return_path else "?"
    return f"{base_url.rstrip('/')}{return_path}{separator}{urlencode(result)}"
