"""Which OAuth client the gateway is at Notion: configured, a document, or registered.

One client per grant wherever there is a choice: a second consent by the same person on a
shared client may revoke the grant of the first.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from notion_gateway.kernel.addresses import is_loopback_name, literal_allowed
from notion_gateway.kernel.errors import UpstreamUnsuitable
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.own_address import normal_origin
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import require_available
from notion_gateway.oauth.metadata import ServerMetadata
from notion_gateway.oauth.requests import AuthMethod, OAuthClient

DOCUMENTS_PATH = "/integrations/notion/oauth/mcp/clients"
"""Where the gateway publishes its client-id metadata documents, one for each grant."""

_OK, _CREATED = 200, 201


def client_metadata(
    redirect_uri: str, scope: str | None, auth_method: AuthMethod
) -> dict[str, Any]:
    """What the gateway says about itself (RFC 7591 section 2)."""
    metadata: dict[str, Any] = {
        "client_name": "Notion MCP Gateway",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": auth_method,
        "application_type": "web",
    }
    if scope:
        metadata["scope"] = scope
    return metadata


def documents_base(redirect_uri: str) -> str | None:
    """The public https origin that client-id metadata documents can be fetched from, or None.

    Notion's server has to reach it, so a loopback or private address will not do.
    """
    parts = urlsplit(redirect_uri)
    host = parts.hostname or ""
    if parts.scheme != "https" or is_loopback_name(host) or "." not in host:
        return None
    if not literal_allowed(redirect_uri, allow_private=False):
        return None
    return normal_origin(redirect_uri)


def client_document(client_id: str, redirect_uri: str, scope: str | None) -> dict[str, Any]:
    """A client-id metadata document (draft-ietf-oauth-client-id-metadata-document): public,
    and its ``client_id`` is the very address it is fetched from. ``redirect_uri`` is shared by
    all; the document's own comes first.
    """
    metadata = client_metadata(redirect_uri, scope, "none")
    own = redirect_uri_of(client_id, redirect_uri)
    return {"client_id": client_id, **metadata, "redirect_uris": [own, redirect_uri]}


def redirect_uri_of(client_id: str, redirect_uri: str) -> str:
    """Where Notion sends the browser back to for a client: a metadata document has an address of
    its own below the shared one. For such clients a new consent may revoke all grants that the
    same person gave from the same redirect URI (workers-oauth-provider 0.10.3), so a shared one
    would let the spaces of one person revoke each other.
    """
    _, found, name = client_id.rpartition(f"{DOCUMENTS_PATH}/")
    return f"{redirect_uri}/{name}" if found else redirect_uri


def choose_auth_method(server: ServerMetadata, configured: AuthMethod | None) -> AuthMethod:
    """How a registered client authenticates: as configured, else without a secret to keep."""
    if configured is not None:
        return configured
    preferred: tuple[AuthMethod, ...] = ("none", "client_secret_post")
    for method in preferred:
        if method in server.auth_methods:
            return method
    return "client_secret_basic"


def registration_request(
    server: ServerMetadata, *, redirect_uri: str, scope: str | None, auth_method: AuthMethod
) -> HttpRequest:
    """Dynamic client registration (RFC 7591 section 3.1)."""
    if server.registration_endpoint is None:
        raise UpstreamUnsuitable(
            "The authorization server takes no registrations: set NOTION_MCP_CLIENT_ID."
        )
    return HttpRequest(
        "POST",
        server.registration_endpoint,
        {"content-type": "application/json", "accept": "application/json"},
        json.dumps(client_metadata(redirect_uri, scope, auth_method)).encode(),
    )


def judge_registration(answer: HttpAnswer) -> OAuthClient:
    """RFC 7591 section 3.2. Raises UpstreamUnsuitable on anything but a usable client, and
    UpstreamUnreachable where the server is busy.
    """
    require_available(answer)
    document = json_object(answer.body)
    client_id = (document or {}).get("client_id")
    if answer.status not in (_OK, _CREATED) or document is None or not isinstance(client_id, str):
        raise UpstreamUnsuitable(f"Registering a client was answered with {answer.status}.")
    secret = document.get("client_secret")
    method = document.get("token_endpoint_auth_method")
    if not isinstance(secret, str) or method == "none":
        return OAuthClient(client_id)
    # Absent, the method is client_secret_basic (RFC 7591 section 2).
    kept: AuthMethod = (
        "client_secret_post" if method == "client_secret_post" else "client_secret_basic"
    )
    return OAuthClient(client_id, kept, Secret(secret))
