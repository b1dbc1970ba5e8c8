"""Programs that nobody logs in: what an owner gives one, and how it proves who it is.

MCP's extension io.modelcontextprotocol/oauth-client-credentials: RFC 6749 section 4.4, with
``client_secret_basic`` or ``private_key_jwt`` (RFC 7523, OpenID Connect Core 1.0 section 9).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from notion_gateway.access.rules.gateway_tokens import PREFIXES, ListedToken, TokenKind
from notion_gateway.authorization_server.rules.clients import GRANT_TYPES
from notion_gateway.authorization_server.rules.refusals import About
from notion_gateway.authorization_server.rules.token_times import SKEW, begins_later, seconds_of
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.secret import Secret

CLIENT_CREDENTIALS: Final = "client_credentials"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name
OFFERED_GRANT_TYPES: Final = (*GRANT_TYPES, CLIENT_CREDENTIALS, TOKEN_EXCHANGE, JWT_BEARER)
"""All that the token endpoint knows. Nobody registers for the last ones: an owner makes a machine
or allows a workload, and an operator says for which clients an issuer may speak.
"""
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRET_PREFIX: Final = "nmgs_"  # noqa: S105 - a prefix, not a secret
ID_PREFIX: Final = "machine-"
TOKEN_LIFETIME: Final = timedelta(hours=1)
MAX_ASSERTION_LIFETIME: Final = timedelta(minutes=5)
_MAX_JTI_CHARACTERS: Final = 128


class MachineAuth(StrEnum):
    SECRET = "client_secret_basic"  # noqa: S105 - a method, not a secret
    KEY = "private_key_jwt"


@dataclass(frozen=True, slots=True)
class Machine:
    """A program that an owner let into a space. ``secret_sha256`` is all that is kept of a secret;
    for a key there are the public keys (``jwks``) or the address of them (``jwks_uri``).
    """

    client_id: str
    space_id: str
    name: str
    auth: MachineAuth
    created_at: datetime
    created_by: str
    expires_at: datetime
    read_only: bool = False
    tools: frozenset[str] | None = None
    secret_sha256: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    revoked_at: datetime | None = None

    def is_secret(self, sent: Secret) -> bool:
        known = self.secret_sha256
        return known is not None and hmac.compare_digest(sent.fingerprint(), known)

    @property
    def about(self) -> About:
        return About(self.space_id, token=self.client_id, client=self.name)

    def listed(self, last_used_at: datetime | None) -> ListedToken:
        return ListedToken(
            token_id=self.client_id,
            kind=TokenKind.MACHINE,
            user_id=self.client_id,
            made_by=self.created_by,
            name=self.name,
            client_name=None,
            hint=f"{PREFIXES[TokenKind.MACHINE]}…",
            created_at=self.created_at,
            expires_at=self.expires_at,
            last_used_at=last_used_at,
            read_only=self.read_only,
            tools=self.tools,
            can_manage=False,
            client_id=self.client_id,
        )


def judge_machine(machine: Machine, method: MachineAuth, now: datetime) -> Why | None:
    """Why it may not even prove itself; None where it may."""
    if machine.revoked_at is not None:
        return Why.MACHINE_REVOKED
    if now >= machine.expires_at:
        return Why.MACHINE_EXPIRED
    if machine.auth is not method:
        return Why.MACHINE_PROVES_ITSELF_OTHERWISE
    return None


def judge_assertion(
    claims: Mapping[str, Any], client_id: str, issuer: str, now: datetime
) -> Why | None:
    """Why an assertion with a good signature proves nothing (RFC 7523 section 3); None where it
    does. Only the issuer itself counts as the audience: one that names the token endpoint, or
    others as well, may have been made for another server (RFC 7523bis).
    """
    if claims.get("iss") != client_id:
        return Why.ASSERTION_ISSUER
    if claims.get("sub") != client_id:
        return Why.ASSERTION_SUBJECT
    if claims.get("aud") not in (issuer, [issuer]):
        return Why.ASSERTION_AUDIENCE
    expires_at, moment, skew = seconds_of(claims, "exp"), now.timestamp(), SKEW.total_seconds()
    if expires_at is None or moment >= expires_at + skew:
        return Why.ASSERTION_EXPIRED
    if expires_at > moment + MAX_ASSERTION_LIFETIME.total_seconds() + skew:
        return Why.ASSERTION_LIVES_TOO_LONG
    if begins_later(claims, now):
        return Why.ASSERTION_NOT_YET_GOOD
    jti: object = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _MAX_JTI_CHARACTERS:
        return Why.ASSERTION_ID_MISSING
    return None


def once_key(client_id: str, jti: str) -> str:
    return hashlib.sha256(f"client assertion\n{client_id}\n{jti}".encode()).hexdigest()
