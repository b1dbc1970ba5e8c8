"""Who is calling the token endpoint (RFC 6749 section 2.3), decided purely."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from notion_simulator.oauth.clients import Client
from notion_simulator.oauth.tokens import digest


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class InvalidClient:
    """Answered as 401 invalid_client."""

    description: str


def credentials(form: Mapping[str, str], authorization: str | None) -> Credentials | None:
    """Returns the credentials of a request: HTTP Basic if present, else the form's; None if none.

    Basic credentials are form-encoded before base64 (RFC 6749 section 2.3.1).
    """
    if authorization is not None and authorization.lower().startswith("basic "):
        try:
            decoded = base64.b64decode(authorization[6:].strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        client_id, _, secret = decoded.partition(":")
        return Credentials(unquote_plus(client_id), unquote_plus(secret))
    client_id = form.get("client_id")
    return None if client_id is None else Credentials(client_id, form.get("client_secret"))


def authenticate(
    offered: Credentials | None, find: Callable[[str], Client | None]
) -> Client | InvalidClient:
    """Returns the client the credentials prove, or why they prove none."""
    if offered is None:
        return InvalidClient("Client ID is required")
    client = find(offered.client_id)
    if client is None:
        return InvalidClient("Client not found")
    if client.secret_digest is None:
        return client
    if offered.secret is None:
        return InvalidClient("Client authentication failed: missing client_secret")
    if not hmac.compare_digest(digest(offered.secret), client.secret_digest):
        return InvalidClient("Client authentication failed: invalid client_secret")
    return client
