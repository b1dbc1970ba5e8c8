"""Being a client of an OAuth server: requests as values. The socket is elsewhere."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode, urljoin

from notion_gateway.kernel.client_authentication import AuthMethod
from notion_gateway.kernel.outbound.messages import HttpRequest
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.metadata import ServerMetadata

TokenHint = Literal["refresh_token", "access_token"]


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client with its secret in the open, for as long as a request needs it."""

    client_id: str
    auth_method: AuthMethod = "none"
    secret: Secret | None = None


def pkce_challenge(verifier: Secret) -> str:
    """S256 (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_url(
    server: ServerMetadata,
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
    server: ServerMetadata,
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
    server: ServerMetadata, client: OAuthClient, *, refresh_token: Secret, resource: str
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


def harmless_request(server: ServerMetadata) -> HttpRequest:
    """Goes where the token endpoint is, and changes nothing there: the server's metadata
    (RFC 8414 section 3), or whatever it has at that place.
    """
    address = urljoin(server.token_endpoint, "/.well-known/oauth-authorization-server")
    return HttpRequest("GET", address, {"accept": "application/json"})


def revocation_request(
    server: ServerMetadata,
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


def introspection_request(
    server: ServerMetadata, client: OAuthClient, refresh_token: Secret
) -> HttpRequest | None:
    """RFC 7662 section 2.1: whether the token is good, without using it up; None where the server
    does not say.
    """
    if server.introspection_endpoint is None:
        return None
    fields = {"token": refresh_token.reveal(), "token_type_hint": "refresh_token"}
    return form_request(server.introspection_endpoint, client, fields)


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
