"""OAuth toward Notion as request builders and answer judges. The socket is elsewhere.

A judge tells apart the only three things that matter to a grant: it was answered, it was
refused, or nobody knows. Whatever is not a clear refusal keeps the grant.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import quote, urlencode

from notion_gateway.integration.rules.events import Workspace
from notion_gateway.kernel.client_authentication import AuthMethod
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.metadata import AuthorizationServer

TokenHint = Literal["refresh_token", "access_token"]

DEFAULT_LIFETIME_SECONDS = 3600
"""For an answer without ``expires_in`` (RFC 6749 section 5.1 only recommends it)."""
NO_WORKSPACE = Workspace()

MAX_LIFETIME_SECONDS = 24 * 3600
"""A longer promise is not believed: refreshing early is cheap, a dead token is not."""

_OK = 200


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client with its secret in the open, for as long as a request needs it."""

    client_id: str
    auth_method: AuthMethod = "none"
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """``refresh_token`` is None where the answer brought none: the old one stays."""

    access_token: Secret
    refresh_token: Secret | None
    lifetime_seconds: int
    scope: str | None = None
    workspace: Workspace = NO_WORKSPACE


@dataclass(frozen=True, slots=True)
class Refused:
    """A clear no from the token endpoint (RFC 6749 section 5.2)."""

    error: Literal["invalid_grant", "invalid_client"]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Neither yes nor no: a fault on the way, a limit, garbage. Says nothing about the grant.

    ``retry_after_seconds`` is what the server asked for, if it did.
    """

    detail: str
    retry_after_seconds: int | None = None


# --- requests -----------------------------------------------------------------------------


def pkce_challenge(verifier: Secret) -> str:
    """S256 (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_url(
    server: AuthorizationServer,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    code_challenge: str,
    resource: str,
    scope: str | None,
) -> str:
    """Where the browser is sent (RFC 6749 section 4.1.1, RFC 7636, RFC 8707)."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        "resource": resource,
        "prompt": "consent",
    }
    if scope:
        query["scope"] = scope
    separator = "&" if "?" in server.authorization_endpoint else "?"
    return f"{server.authorization_endpoint}{separator}{urlencode(query)}"


def code_request(
    server: AuthorizationServer,
    client: OAuthClient,
    *,
    code: Secret,
    verifier: Secret,
    redirect_uri: str,
    resource: str,
) -> HttpRequest:
    """Exchange of the authorization code (RFC 6749 section 4.1.3)."""
    return form_request(
        server.token_endpoint,
        client,
        {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "code_verifier": verifier.reveal(),
            "redirect_uri": redirect_uri,
            "resource": resource,
        },
    )


def refresh_request(
    server: AuthorizationServer, client: OAuthClient, *, refresh_token: Secret, resource: str
) -> HttpRequest:
    """Redemption of a refresh token (RFC 6749 section 6)."""
    return form_request(
        server.token_endpoint,
        client,
        {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token.reveal(),
            "resource": resource,
        },
    )


def revocation_request(
    server: AuthorizationServer,
    client: OAuthClient,
    token: Secret,
    hint: TokenHint,
) -> HttpRequest | None:
    """RFC 7009 section 2.1; None where the server revokes nothing."""
    if server.revocation_endpoint is None:
        return None
    return form_request(
        server.revocation_endpoint, client, {"token": token.reveal(), "token_type_hint": hint}
    )


def form_request(url: str, client: OAuthClient, fields: Mapping[str, str]) -> HttpRequest:
    """A form with the client's authentication (RFC 6749 section 2.3.1)."""
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    form = dict(fields)
    secret = client.secret.reveal() if client.secret else ""
    if client.auth_method == "client_secret_basic":
        # RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
        pair = f"{quote(client.client_id, safe='')}:{quote(secret, safe='')}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form["client_id"] = client.client_id
    if client.auth_method == "client_secret_post":
        form["client_secret"] = secret
    return HttpRequest("POST", url, headers, urlencode(form).encode())


# --- answers ------------------------------------------------------------------------------


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
    return Unclear(f"status {answer.status}", _retry_after(answer))


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
        workspace=Workspace(
            id=short_text(document.get("workspace_id")),
            name=short_text(document.get("workspace_name")),
        ),
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


def short_text(value: object, limit: int = 200) -> str | None:
    if not isinstance(value, str):
        return None
    return "".join(char for char in value if char.isprintable())[:limit] or None


def _retry_after(answer: HttpAnswer) -> int | None:
    """Seconds only (RFC 9110 section 10.2.3); a date is not worth trusting a foreign clock."""
    value = answer.headers.get("retry-after", "").strip()
    return min(int(value), 3600) if value.isascii() and value.isdigit() else None


def json_object(body: bytes) -> dict[str, Any] | None:
    """None where the body is anything else than one JSON object."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None
