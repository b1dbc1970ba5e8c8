"""Programs that log in through the gateway: who they say they are, and where codes may go.

A client registers itself (RFC 7591) or is named by the address of a document about it
(draft-ietf-oauth-client-id-metadata-document). Either way nothing that it says about itself
is proven; what protects people is where its redirects lead, and that they are asked.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.kernel.addresses import is_loopback_name, literal_allowed
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.text import short_text

ClientAuthMethod = Literal["none", "client_secret_post", "client_secret_basic"]
AUTH_METHODS: tuple[ClientAuthMethod, ...] = get_args(ClientAuthMethod)
AUTHORIZATION_CODE, REFRESH_TOKEN = "authorization_code", "refresh_token"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE)
_GRANT_TYPES_LEFT_OUT = (AUTHORIZATION_CODE, REFRESH_TOKEN)
"""What a client's document means that names none."""

MAX_DOCUMENT_BYTES = 64 * 1024
MAX_REDIRECT_URIS = 20
_MAX_URI_CHARACTERS = 2000
_NAME_CHARACTERS = 80

_URI = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]+")
_LOOPBACK = re.compile(r"http://(?P<host>\[[0-9a-f:]+\]|[a-z0-9.]+)(:[0-9]{1,5})?(?P<rest>[/?].*)?")
_REVERSE_DOMAIN = re.compile(r"[a-z][a-z0-9-]{0,62}(\.[a-z0-9-]{1,63}){1,10}")
_KNOWN_SCHEMES = frozenset(
    [
        "claude",
        "cursor",
        "kiro",
        "raycast",
        "vscode",
        "vscode-insiders",
        "vscodium",
        "warp",
        "windsurf",
        "zed",
    ]
)
"""Of MCP clients that took one without a domain in its name. Any other such scheme may mean
something to a system, which then starts a program of its own with an address that a stranger
chose: ``ms-appinstaller:``, ``search-ms:``."""


WAY_ROUND = (
    "Log in by registration instead: 'codex mcp login NAME --oauth-client-registration dcr', or"
    " 'claude mcp add' with --client-id; docs/troubleshooting.md says how, for each client."
)
"""For a person whose client has a document that this gateway cannot read."""


class ClientUnusable(InvalidRequest):
    """What this client says about itself cannot be used to log it in."""


@dataclass(frozen=True, slots=True)
class McpClient:
    """``secret_sha256``: all that is kept of a confidential client's secret. ``kind``: of the
    tokens that it gets.
    """

    client_id: str
    name: str | None
    redirect_uris: Sequence[str]
    auth_method: ClientAuthMethod = "none"
    secret_sha256: str | None = None
    grant_types: Sequence[str] = GRANT_TYPES
    kind: TokenKind = TokenKind.CLIENT

    @property
    def shown_name(self) -> str:
        return self.name or "An MCP client without a name"

    def is_secret(self, sent: Secret) -> bool:
        known = self.secret_sha256
        return known is not None and hmac.compare_digest(sent.fingerprint(), known)

    def may_return_to(self, redirect_uri: str) -> bool:
        """Character by character, but for the port of a loopback address, which a program
        gets from its system anew each time (RFC 8252 section 7.3, RFC 9700 section 2.1).
        """
        if not is_redirect_uri(redirect_uri):
            return False
        loopback = _without_port(redirect_uri)
        return any(
            one == redirect_uri or (loopback is not None and _without_port(one) == loopback)
            for one in self.redirect_uris
        )


COMMAND_LINE = McpClient(
    "notion-gateway",
    "notion-gateway, the command line",
    (),
    grant_types=(REFRESH_TOKEN, DEVICE_CODE),
    kind=TokenKind.COMMAND_LINE,
)
"""The gateway's own command line. It comes with the gateway, so it has nothing to register; like
every program that is given away it can keep no secret, and anybody can claim to be it (RFC 8252
section 8.5)."""


def client_name(value: object) -> str | None:
    """One line of printable characters: no line breaks, no marks that turn text around."""
    shown = short_text(value, _NAME_CHARACTERS * 4)
    return None if shown is None else " ".join(shown.split())[:_NAME_CHARACTERS] or None


def require_redirect_uris(values: object) -> Sequence[str]:
    """Raises ClientUnusable unless every one of them is an address that a code may go to."""
    if not isinstance(values, list) or not values:
        raise ClientUnusable("redirect_uris is missing.")
    given = cast("list[object]", values)
    if len(given) > MAX_REDIRECT_URIS:
        raise ClientUnusable(f"There are more than {MAX_REDIRECT_URIS} redirect_uris.")
    found = [one for one in given if isinstance(one, str) and is_redirect_uri(one)]
    if len(found) < len(given):
        raise ClientUnusable(
            "A redirect URI is not https, not http on loopback, and not of a scheme that is the"
            " client's own domain in reverse, such as com.example.app:/cb; or it has a fragment."
        )
    return found


def is_redirect_uri(value: str) -> bool:
    """https, http on loopback, or a private-use scheme (RFC 8252 section 7), which is a domain
    in reverse (section 7.1) or that of a known MCP client.
    """
    parts = _split(value)
    if parts is None or "#" in value or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return is_loopback_name(parts.hostname or "")
    return parts.scheme in _KNOWN_SCHEMES or _REVERSE_DOMAIN.fullmatch(parts.scheme) is not None


def returns_to(redirect_uri: str) -> str:
    """For a person to read: the host in full, or the scheme where there is none."""
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("http", "https"):
        return parts.netloc
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def is_on_this_machine(redirect_uri: str) -> bool:
    """Whether a program on the person's own machine gets the code, whichever it is."""
    parts = urlsplit(redirect_uri)
    return parts.scheme != "https" or is_loopback_name(parts.hostname or "")


# --- client-id metadata documents ---------------------------------------------------------


def is_document_address(client_id: str) -> bool:
    """Whether it claims to be one; ``require_document_address`` says whether it may be read."""
    return client_id.startswith(("https://", "http://"))


def require_document_address(client_id: str, *, allow_local: bool) -> None:
    """Https with a path, no fragment, no user information, no dot segments (section 3 of the
    draft). ``allow_local`` also takes http and https on loopback, for development. Raises
    ClientUnusable.
    """
    parts = _split(client_id)
    if parts is None or not parts.hostname or "#" in client_id or "@" in parts.netloc:
        raise ClientUnusable("The client_id is no address of a client-id metadata document.")
    if parts.path in ("", "/") or any(one in (".", "..") for one in parts.path.split("/")):
        raise ClientUnusable("A client-id metadata document's address needs a plain path.")
    if is_loopback_name(parts.hostname):
        if not allow_local:
            raise ClientUnusable("Client-id metadata documents are not read from this machine.")
    elif parts.scheme != "https" or not literal_allowed(client_id, allow_private=False):
        raise ClientUnusable("Client-id metadata documents are read from public https addresses.")


def client_of_document(client_id: str, body: bytes) -> McpClient:
    """Raises ClientUnusable where the document is not this client's own, or asks for what is
    not offered.
    """
    if len(body) > MAX_DOCUMENT_BYTES:
        raise ClientUnusable(f"The client's document is larger than {MAX_DOCUMENT_BYTES} bytes.")
    document = json_object(body)
    if document is None:
        raise ClientUnusable("The client's document is no JSON object.")
    if document.get("client_id") != client_id:
        raise ClientUnusable("The client's document belongs to another client_id.")
    # Whoever reads the document would know the secret.
    if "client_secret" in document or document.get("token_endpoint_auth_method", "none") != "none":
        raise ClientUnusable("Clients with a document log in with PKCE and without a secret.")
    return McpClient(
        client_id,
        client_name(document.get("client_name")),
        require_redirect_uris(document.get("redirect_uris")),
        grant_types=_grant_types(document),
    )


def document_stand_in(client_id: str) -> McpClient:
    """For the token endpoint, where the grant already knows all that counts of such a client."""
    return McpClient(client_id, None, ())


def _grant_types(document: dict[str, Any]) -> Sequence[str]:
    given: object = document.get("grant_types", list(_GRANT_TYPES_LEFT_OUT))
    known = cast("list[object]", given) if isinstance(given, list) else []
    kept = [one for one in GRANT_TYPES if one in known]
    if AUTHORIZATION_CODE not in kept:
        raise ClientUnusable("The client's grant_types lack authorization_code.")
    return kept


def _split(value: str) -> SplitResult | None:
    if len(value) > _MAX_URI_CHARACTERS or not _URI.fullmatch(value.partition("#")[0]):
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for what is no number
    except ValueError:
        return None
    return parts


def _without_port(uri: str) -> tuple[str, str] | None:
    """Host and what comes after the port; None where the port counts: anywhere but on loopback."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or not is_loopback_name(found["host"].strip("[]")):
        return None
    return (found["host"], found["rest"])
