"""An issuer's word for a person, in the place of a page (ID-JAG): what is taken, and what not.

MCP's extension io.modelcontextprotocol/enterprise-managed-authorization: RFC 7523 section 3 with
draft-ietf-oauth-identity-assertion-authz-grant. What an assertion demands and this gateway does
not honour is refused, not passed over: whoever signed it counts on that.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from notion_gateway.access.rules.issuers import TrustedIssuer
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import (
    LoginRefused,
    is_address_of,
    space_of,
)
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.token_times import SKEW, TimeFaults, judge_times
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.identifiers import is_user_id
from notion_gateway.kernel.own_address import OwnAddress

GRANT_PROFILE: Final = "urn:ietf:params:oauth:grant-profile:id-jag"
ACCESS_LIFETIME: Final = timedelta(minutes=10)
"""Of what it is exchanged for: so long it takes at most until the issuer is asked again."""
MAX_LIFETIME: Final = timedelta(minutes=10)
_MAX_JTI_CHARACTERS: Final = 256
_TIMES: Final = TimeFaults(
    expired=Why.ID_ASSERTION_EXPIRED,
    not_yet_good=Why.ID_ASSERTION_NOT_YET_GOOD,
    lives_too_long=Why.ID_ASSERTION_LIVES_TOO_LONG,
    issued_when=Why.ID_ASSERTION_ISSUED_WHEN,
)


def judge_client(client: McpClient, issuer: TrustedIssuer) -> Why | None:
    """Whether the issuer may speak for it. Anybody can register a client, so an operator names
    those that assertions count for.
    """
    return None if client.client_id in issuer.clients else Why.ISSUER_NOT_FOR_CLIENT


def judge_identity(
    claims: Mapping[str, Any],
    issuer: TrustedIssuer,
    client_id: str,
    audience: str,
    now: datetime,
) -> Why | None:
    """Why an assertion with a good signature lets nobody in; None where it may. ``audience``: this
    gateway as an issuer, which has to be the only one.
    """
    if claims.get("iss") != issuer.issuer:
        return Why.ISSUER_UNKNOWN
    if claims.get("aud") not in (audience, [audience]):
        return Why.ID_ASSERTION_AUDIENCE
    if claims.get("client_id") != client_id:
        return Why.ID_ASSERTION_CLIENT
    if any(claims.get(name) != value for name, value in issuer.claims.items()):
        return Why.ID_ASSERTION_CLAIM
    subject: object = claims.get("sub")
    if not isinstance(subject, str) or not is_user_id(subject):
        return Why.ID_ASSERTION_SUBJECT
    if "cnf" in claims:
        return Why.ID_ASSERTION_BOUND_TO_KEY
    if "authorization_details" in claims:
        return Why.ID_ASSERTION_DETAILS
    return judge_times(claims, now, MAX_LIFETIME, _TIMES) or _judge_id(claims)


def _judge_id(claims: Mapping[str, Any]) -> Why | None:
    jti: object = claims.get("jti")
    is_one = isinstance(jti, str) and 1 <= len(jti) <= _MAX_JTI_CHARACTERS
    return None if is_one else Why.ID_ASSERTION_ID


def space_named(claims: Mapping[str, Any], own: OwnAddress) -> str:
    """By the issuer; empty where it names none, or several."""
    given: object = claims.get("resource")
    named = cast("list[object]", given) if isinstance(given, list) else [given]
    if len(named) != 1 or not isinstance(named[0], str):
        return ""
    try:
        return space_of(named[0], own)
    except LoginRefused:
        return ""


def resource_of(claims: Mapping[str, Any], sent: str | None, own: OwnAddress) -> str:
    """The space that the issuer lets the person into: what the client sends may say the same, and
    nothing else. Raises Refused.
    """
    space_id = space_named(claims, own)
    if not space_id:
        raise Refused(Why.ID_ASSERTION_RESOURCE)
    if sent is not None and not is_address_of(space_id, sent, own):
        raise Refused(Why.ID_ASSERTION_RESOURCE_DIFFERS)
    return space_id


def expiry_of(claims: Mapping[str, Any]) -> datetime:
    """Until when the assertion could be sent once more. The claims are judged already."""
    return datetime.fromtimestamp(float(claims["exp"]), UTC) + SKEW


def identity_once_key(issuer: str, jti: str) -> str:
    return hashlib.sha256(f"identity assertion\n{issuer}\n{jti}".encode()).hexdigest()
