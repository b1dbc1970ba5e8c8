"""Dynamic client registration (RFC 7591), decided purely."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from notion_simulator.oauth.tokens import digest

AuthMethod = Literal["none", "client_secret_basic", "client_secret_post"]
AUTH_METHODS: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post", "none")
GRANT_TYPES = ("authorization_code", "refresh_token")
# Schemes a browser would run or open locally instead of handing the code to the client.
DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "mailto", "about"})
# Echoed as they came: what a client says about itself and nothing is decided upon.
ECHOED = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "contacts", "scope")


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; `registered_at` in seconds since the epoch."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    auth_method: AuthMethod
    secret_digest: str | None
    registered_at: float
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InvalidRegistration:
    """A registration error (RFC 7591 section 3.2.2)."""

    description: str
    error: str = "invalid_client_metadata"


def register(
    document: object, *, client_id: str, client_secret: str, now: float
) -> Client | InvalidRegistration:
    """Decides on a registration request; `client_secret` is only used for confidential clients."""
    if not isinstance(document, dict):
        return InvalidRegistration("Client metadata must be a JSON object")
    metadata = cast("dict[str, Any]", document)
    redirect_uris = _strings(metadata.get("redirect_uris"))
    if not redirect_uris:
        return InvalidRegistration("At least one redirect URI is required", "invalid_redirect_uri")
    if not all(acceptable_redirect_uri(uri) for uri in redirect_uris):
        return InvalidRegistration("Invalid redirect URI", "invalid_redirect_uri")
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in AUTH_METHODS:
        return InvalidRegistration("Unsupported token_endpoint_auth_method")
    grant_types = _strings(metadata.get("grant_types", GRANT_TYPES))
    response_types = _strings(metadata.get("response_types", ("code",)))
    name = metadata.get("client_name", "")
    if grant_types is None or response_types is None or not isinstance(name, str):
        return InvalidRegistration("Invalid client metadata")
    return Client(
        id=client_id,
        name=name,
        redirect_uris=redirect_uris,
        grant_types=grant_types,
        response_types=response_types,
        auth_method=method,
        secret_digest=None if method == "none" else digest(client_secret),
        registered_at=now,
        extra={key: metadata[key] for key in ECHOED if key in metadata},
    )


def registration_answer(client: Client, client_secret: str) -> dict[str, Any]:
    """Returns the 201 body; the secret is in it only if the client is confidential."""
    answer: dict[str, Any] = {
        "client_id": client.id,
        "redirect_uris": list(client.redirect_uris),
        "client_name": client.name,
        **client.extra,
        "grant_types": list(client.grant_types),
        "response_types": list(client.response_types),
        "token_endpoint_auth_method": client.auth_method,
        "client_id_issued_at": int(client.registered_at),
    }
    if client.secret_digest is not None:
        answer["client_secret"] = client_secret
        answer["client_secret_expires_at"] = 0
        answer["client_secret_issued_at"] = int(client.registered_at)
    return answer


def acceptable_redirect_uri(uri: str) -> bool:
    """Whether a URI may be registered: absolute, no fragment, not run or opened by the browser."""
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in uri):  # noqa: PLR2004
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if not parts.scheme or parts.fragment or parts.scheme.lower() in DANGEROUS_SCHEMES:
        return False
    return bool(parts.netloc) if parts.scheme in {"http", "https"} else True


def _strings(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    items = cast("list[object] | tuple[object, ...]", value)
    texts = tuple(item for item in items if isinstance(item, str))
    return texts if len(texts) == len(items) else None
