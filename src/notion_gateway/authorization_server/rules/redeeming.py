"""Whether a code or a refresh token is good for the client that sends it."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from notion_gateway.authorization_server.rules.grants import (
    ClientGrant,
    RefreshToken,
    RefreshVerdict,
    is_address_of,
    judge_refresh,
)
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import pkce_challenge


def judge_code(
    grant: ClientGrant, client_id: str, sent: Mapping[str, str], own: OwnAddress, now: datetime
) -> Why | None:
    """Why there are no tokens for the grant's code; None where there are. ``sent``: the request's
    parameters.

    ``redirect_uri`` may be left out: PKCE protects what it was for (OAuth 2.1, section 10.2).
    """
    if grant.client_id != client_id:
        return Why.CODE_OF_ANOTHER_CLIENT
    if grant.revoked_at is not None:
        return Why.CLIENT_GRANT_ENDED
    if grant.code_used_at is not None:
        return Why.CODE_USED
    if sent.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        return Why.CODE_SENT_ELSEWHERE
    if not _is_verifier(sent["code_verifier"], grant.code_challenge):
        return Why.CODE_VERIFIER_WRONG
    if not _is_for(grant, sent, own):
        return Why.CODE_FOR_ANOTHER_RESOURCE
    return Why.CODE_EXPIRED if now >= grant.code_expires_at else None


def judge_refresh_token(
    grant: ClientGrant, token: RefreshToken, client_id: str, now: datetime
) -> Why | None:
    """Why a refresh token is not good for that client; None where it is."""
    if grant.client_id != client_id:
        return Why.REFRESH_TOKEN_OF_ANOTHER_CLIENT
    if grant.revoked_at is not None:
        return Why.CLIENT_GRANT_ENDED
    return _REFUSED.get(judge_refresh(token, now))


_REFUSED = {
    RefreshVerdict.EXPIRED: Why.REFRESH_TOKEN_EXPIRED,
    RefreshVerdict.REUSED: Why.REFRESH_TOKEN_USED,
}


def judge_refresh_resource(
    grant: ClientGrant, sent: Mapping[str, str], own: OwnAddress
) -> Why | None:
    return None if _is_for(grant, sent, own) else Why.REFRESH_TOKEN_FOR_ANOTHER_RESOURCE


def _is_for(grant: ClientGrant, sent: Mapping[str, str], own: OwnAddress) -> bool:
    """RFC 8707 section 2.2: left out, the resource is the one that the grant is for."""
    resource = sent.get("resource")
    return resource is None or is_address_of(grant.space_id, resource, own, grant.kind)


def _is_verifier(verifier: str, challenge: str) -> bool:
    """RFC 7636 section 4.6."""
    return verifier.isascii() and hmac.compare_digest(pkce_challenge(Secret(verifier)), challenge)
