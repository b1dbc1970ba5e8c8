"""Where an OAuth server describes itself, and whether that can be believed.

RFC 9728 (protected resource), RFC 8414 (authorization server), and the MCP authorization
chapter, which orders the places to look. Everything must lie on the MCP address's own
origin: metadata decides where tokens are sent, and a token may never leave that origin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from notion_gateway.kernel.errors import UpstreamUnsuitable
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import HttpAnswer, origin_of
from notion_gateway.oauth.answers import require_available


@dataclass(frozen=True, slots=True)
class ResourceMetadata:
    """``resource`` is what tokens are asked for (RFC 8707)."""

    resource: str
    issuer: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerMetadata:
    """The part of RFC 8414 metadata that the gateway acts on."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    introspection_endpoint: str | None = None
    sends_iss: bool = False
    """RFC 9207: advertised, so a redirect without ``iss`` is refused."""
    auth_methods: tuple[str, ...] = ("client_secret_basic",)
    reads_client_documents: bool = False
    """Takes the address of a client-id metadata document for a client id."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """Notion's side as discovered: the resource and the server that issues tokens for it."""

    resource: ResourceMetadata
    server: ServerMetadata
    challenged_scope: str | None = None
    """What the MCP server itself asked for, in the challenge of its 401."""

    def scope(self, configured: str | None) -> str | None:
        """What to ask for: the configured scope, else the challenge's, else the metadata's, else
        none at all (the MCP authorization chapter's scope selection strategy).
        """
        return configured or self.challenged_scope or " ".join(self.resource.scopes) or None


def bearer_challenge(answer: HttpAnswer) -> Mapping[str, str]:
    """The parameters of a Bearer challenge (RFC 6750 section 3); empty where there is none."""
    scheme, _, parameters = answer.headers.get("www-authenticate", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        return {}
    pairs = [item for item in parse_http_list(parameters) if item.partition("=")[2]]
    return parse_keqv_list(pairs)


def protected_resource_urls(mcp_url: str) -> tuple[str, ...]:
    """Where to look when no challenge says so: the path form first, then the root."""
    return _well_known(mcp_url, "oauth-protected-resource")


def authorization_server_urls(issuer: str) -> tuple[str, ...]:
    """Path forms first; OAuth before OpenID Connect (RFC 8414 section 3.1 and 5)."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    urls = [_well_known(issuer, "oauth-authorization-server")[0]]
    urls.append(_well_known(issuer, "openid-configuration")[0])
    if path:
        urls.append(f"{parts.scheme}://{parts.netloc}{path}/.well-known/openid-configuration")
    return tuple(urls)


def _well_known(url: str, name: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/.well-known/{name}"
    path = parts.path.rstrip("/")
    return (root + path, root) if path else (root,)


def judge_protected_resource(answer: HttpAnswer, mcp_url: str) -> ResourceMetadata:
    """Raises UpstreamUnsuitable unless the document speaks for this very MCP address.

    RFC 9728 section 3.3 asks for an identical ``resource``; Notion has also served its
    root in the path form's document, so a parent of the address is accepted too.
    """
    document = _document(answer, "protected-resource metadata")
    resource = document.get("resource")
    if not isinstance(resource, str) or not _covers(resource, mcp_url):
        raise UpstreamUnsuitable("The protected-resource metadata is about another resource.")
    issuers = _strings(document.get("authorization_servers"))
    if not issuers:
        raise UpstreamUnsuitable("The protected-resource metadata names no authorization server.")
    _require_origin(issuers[0], mcp_url, "authorization server")
    return ResourceMetadata(resource, issuers[0], _strings(document.get("scopes_supported")))


def judge_authorization_server(answer: HttpAnswer, issuer: str, mcp_url: str) -> ServerMetadata:
    """Raises UpstreamUnsuitable on another issuer, a foreign endpoint, or no PKCE with S256."""
    document = _document(answer, "authorization-server metadata")
    if document.get("issuer") != issuer:
        raise UpstreamUnsuitable("The authorization server's metadata names another issuer.")
    if "S256" not in _strings(document.get("code_challenge_methods_supported")):
        raise UpstreamUnsuitable("The authorization server does not offer PKCE with S256.")

    def endpoint(name: str) -> str | None:
        value = document.get(f"{name}_endpoint")
        if value is None:
            return None
        if not isinstance(value, str):
            raise UpstreamUnsuitable(f"The {name} endpoint is not an address.")
        _require_origin(value, mcp_url, f"{name} endpoint")
        if urlsplit(value).fragment:
            raise UpstreamUnsuitable(f"The {name} endpoint is not an address.")
        return value

    authorization, token = endpoint("authorization"), endpoint("token")
    if authorization is None or token is None:
        raise UpstreamUnsuitable("The authorization server's metadata lacks an endpoint.")
    methods = _strings(document.get("token_endpoint_auth_methods_supported"))
    return ServerMetadata(
        issuer=issuer,
        authorization_endpoint=authorization,
        token_endpoint=token,
        registration_endpoint=endpoint("registration"),
        revocation_endpoint=endpoint("revocation"),
        introspection_endpoint=_if_ours(document.get("introspection_endpoint"), mcp_url),
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
        auth_methods=methods or ("client_secret_basic",),
        reads_client_documents=document.get("client_id_metadata_document_supported") is True,
    )


def _document(answer: HttpAnswer, name: str) -> dict[str, Any]:
    require_available(answer)
    document = json_object(answer.body) if answer.status == 200 else None  # noqa: PLR2004
    if document is None:
        raise UpstreamUnsuitable(f"The {name} is missing or unreadable.")
    return document


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(item for item in cast("list[object]", value) if isinstance(item, str))


def _covers(resource: str, mcp_url: str) -> bool:
    try:
        if origin_of(resource) != origin_of(mcp_url):
            return False
    except ValueError:
        return False
    parts, target = urlsplit(resource), urlsplit(mcp_url).path.rstrip("/") + "/"
    return not parts.fragment and target.startswith(parts.path.rstrip("/") + "/")


def _if_ours(value: object, mcp_url: str) -> str | None:
    """Of an endpoint that can be done without: on another origin it is as good as absent."""
    try:
        is_ours = isinstance(value, str) and origin_of(value) == origin_of(mcp_url)
    except ValueError:
        is_ours = False
    return cast("str", value) if is_ours else None


def _require_origin(url: str, mcp_url: str, name: str) -> None:
    try:
        same = origin_of(url) == origin_of(mcp_url)
    except ValueError:
        same = False
    if not same:
        raise UpstreamUnsuitable(f"The {name} lies on another origin than the MCP server.")
