"""What a person allowed an MCP client, and the codes and refresh tokens that come of it.

Rules of OAuth 2.1 (draft-ietf-oauth-v2-1), RFC 7636, RFC 8707, RFC 9207 and RFC 9700.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Literal
from urllib.parse import unquote, urlencode

from pydantic import AwareDatetime, BaseModel, ConfigDict

from notion_gateway.access.rules.gateway_tokens import PREFIXES, ListedToken, TokenKind, token_of
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.secret import Secret

CODE_LIFETIME = timedelta(seconds=60)
ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=30)
DECISION_LIFETIME = timedelta(minutes=10)
RETRY_WITHIN = timedelta(seconds=10)
MAX_STATE_CHARACTERS = 2000
LOGIN_REQUEST = "login request"
"""What the approval page's address is sealed for."""

_SPACE_PATHS: Mapping[TokenKind, str] = {
    TokenKind.CLIENT: "/mcp/notion/",
    TokenKind.COMMAND_LINE: "/spaces/",
}
_S256 = re.compile(r"[A-Za-z0-9_-]{43}")

Refusal = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
]


class LoginRefused(Exception):
    """A client's request was refused; ``error`` is what RFC 6749 calls it."""

    def __init__(self, error: Refusal, description: str) -> None:
        super().__init__(description)
        self.error: Refusal = error
        self.description = description


class LoginRequest(BaseModel):
    """What a client asks a person to allow: sealed into the approval page's address, so that
    asking leaves nothing behind in the gateway.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    request_id: str
    client_id: str
    client_name: str
    redirect_uri: str
    state: str | None
    code_challenge: str
    space_id: str
    may_refresh: bool
    expires_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class ClientGrant:
    """One person's permission for one client in one space. ``expires_at`` moves on with each
    refresh. ``kind`` and ``can_manage``: of the tokens that come of it. ``issuer``: whose word said
    who the person is; None for a name that was believed.
    """

    client_grant_id: str
    client_id: str
    client_name: str
    space_id: str
    user_id: str
    redirect_uri: str
    code_challenge: str
    read_only: bool
    may_refresh: bool
    created_at: datetime
    expires_at: datetime
    code_expires_at: datetime
    code_used_at: datetime | None = None
    revoked_at: datetime | None = None
    kind: TokenKind = TokenKind.CLIENT
    can_manage: bool = False
    issuer: str | None = None

    def listed(self, last_used_at: datetime | None) -> ListedToken:
        return ListedToken(
            token_id=self.client_grant_id,
            kind=self.kind,
            user_id=self.user_id,
            made_by=self.user_id,
            name=self.client_name,
            client_name=self.client_name,
            hint=f"{PREFIXES[self.kind]}…",
            created_at=self.created_at,
            expires_at=self.expires_at,
            last_used_at=last_used_at,
            read_only=self.read_only,
            tools=None,
            can_manage=self.can_manage,
            client_id=self.client_id,
        )


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """``used_at``: when it was exchanged for the next one. ``is_followed``: that one was used
    itself, so the answer has arrived. ``is_forked``: another token with the same parent was
    used, which only versions that gave a retry a pair of its own could issue.
    """

    sha256: str
    client_grant_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    is_followed: bool = False
    is_forked: bool = False


class RefreshVerdict(Enum):
    """``REPEAT``: it was redeemed a moment ago, and gets the same pair once more."""

    ROTATE = auto()
    REPEAT = auto()
    EXPIRED = auto()
    REUSED = auto()


def judge_refresh(token: RefreshToken, now: datetime) -> RefreshVerdict:
    """Whether a refresh token may be redeemed, and whether it was stolen where it may not.

    A client whose answer was lost, or many sessions that share one login, may use one again
    within seconds, as often as they like: all get the pair that the first use got, as long as
    nobody has used that one. Any other second use is taken for theft, and ends the grant
    (RFC 9700 section 4.14.2).
    """
    if token.is_forked:
        return RefreshVerdict.REUSED
    if token.used_at is None:
        return RefreshVerdict.ROTATE if now < token.expires_at else RefreshVerdict.EXPIRED
    is_retry = now <= token.used_at + RETRY_WITHIN and not token.is_followed
    return RefreshVerdict.REPEAT if is_retry else RefreshVerdict.REUSED


def successor(old: Secret, prefix: str, key: bytes) -> Secret:
    """The token with that prefix which takes the place of a refresh token.

    It follows from the old one and ``key``, 32 bytes that never leave the gateway: so a retry
    gets the same token, of which nothing but a hash is stored, and without the key nobody can
    tell the new token from the old one.
    """
    return token_of(prefix, hmac.digest(key, f"{prefix}\n{old.reveal()}".encode(), "sha256"))


def require_challenge(value: str) -> str:
    """A SHA-256 in base64url (RFC 7636 section 4.2). Raises LoginRefused."""
    if not _S256.fullmatch(value):
        raise LoginRefused("invalid_request", "code_challenge is no S256 challenge")
    return value


def space_of(resource: str | None, own: OwnAddress, kind: TokenKind = TokenKind.CLIENT) -> str:
    """The space whose address the resource is (RFC 8707), in any spelling of that address:
    another of this gateway's names, another case of it, its port spelled out, a slash at the
    end, escapes. ``kind``: of the tokens; MCP clients name the space's MCP address, a command
    line the space's own.

    Raises LoginRefused.
    """
    before = _SPACE_PATHS[kind]
    start = f"{own.url}{before}"
    if resource is None:
        raise LoginRefused("invalid_target", f"resource is missing: send {start}<space>")
    path = unquote(own.path_of(resource) or "")
    space_id = path.removeprefix(before).removesuffix("/")
    if not path.startswith(before) or not is_space_id(space_id):
        raise LoginRefused("invalid_target", f"resource must be {start}<space>")
    return space_id


def is_address_of(
    space_id: str, resource: str, own: OwnAddress, kind: TokenKind = TokenKind.CLIENT
) -> bool:
    """Whether the resource is that space's address, in any spelling: see ``space_of``."""
    try:
        return space_of(resource, own, kind) == space_id
    except LoginRefused:
        return False


def redirect(redirect_uri: str, issuer: str, **answer: str | None) -> str:
    """The client's address with the answer and who gives it (RFC 6749 section 4.1.2, RFC 9207)."""
    given: Mapping[str, str] = {name: value for name, value in answer.items() if value is not None}
    separator = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{separator}{urlencode({**given, 'iss': issuer})}"
