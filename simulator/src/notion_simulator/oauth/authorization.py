"""The authorization request (RFC 6749 section 4.1.1), judged purely."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from notion_simulator.oauth.clients import Client
from notion_simulator.oauth.pkce import ChallengeMethod, CodeChallenge

INVALID_TARGET = "The resource is not a valid target for this authorization server."
CHALLENGE_METHODS: Mapping[str, ChallengeMethod] = {"S256": "S256", "plain": "plain"}


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that may be put before the user."""

    client: Client
    redirect_uri: str
    state: str | None
    scope: str
    resource: str | None
    challenge: CodeChallenge | None


@dataclass(frozen=True, slots=True)
class RefusedHere:
    """Told to the browser: there is no redirect target that could be trusted with it."""

    message: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedToClient:
    """Told to the client by a redirect (RFC 6749 section 4.1.2.1)."""

    location: str


def judge(
    query: Mapping[str, str], client: Client | None, base_url: str
) -> AuthorizationRequest | RefusedHere | RefusedToClient:
    """Decides whether the user is asked; the registered redirect URI must match exactly."""
    redirect_uri = query.get("redirect_uri")
    if "client_id" not in query or redirect_uri is None:
        return RefusedHere("Invalid authorization request")
    if client is None:
        # A metadata document that could not be read is answered like a bad request.
        document = query["client_id"].startswith("https://")
        return RefusedHere("Invalid authorization request" if document else "Unknown OAuth client")
    if redirect_uri not in client.redirect_uris:
        return RefusedHere("Invalid redirect_uri for OAuth client")
    resource = query.get("resource")
    if not valid_resource(resource, base_url):
        return RefusedHere(INVALID_TARGET, "invalid_target")
    state = query.get("state")
    if query.get("response_type") != "code":
        return _refusal(redirect_uri, "unsupported_response_type", state)
    challenge = _challenge(query)
    if isinstance(challenge, str):
        return _refusal(redirect_uri, "invalid_request", state, challenge)
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        state=state,
        scope=query.get("scope", ""),
        resource=resource,
        challenge=challenge,
    )


def valid_resource(resource: str | None, base_url: str) -> bool:
    """Whether a resource indicator (RFC 8707) names this server, its /mcp, or nothing."""
    return resource is None or resource in {base_url, f"{base_url}/", f"{base_url}/mcp"}


def with_query(uri: str, parameters: Mapping[str, str | None]) -> str:
    """Returns `uri` with the parameters that are not None added to its query."""
    parts = urlsplit(uri)
    added = [(key, value) for key, value in parameters.items() if value is not None]
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added])
    return urlunsplit(parts._replace(query=query))


def _refusal(
    redirect_uri: str, error: str, state: str | None, description: str | None = None
) -> RefusedToClient:
    parameters = {"error": error, "error_description": description, "state": state}
    return RefusedToClient(with_query(redirect_uri, parameters))


def _challenge(query: Mapping[str, str]) -> CodeChallenge | str | None:
    value = query.get("code_challenge")
    name = query.get("code_challenge_method", "plain")
    if value is None:
        return None
    method = CHALLENGE_METHODS.get(name)
    if method is None:
        return "Unsupported code_challenge_method"
    return CodeChallenge(value, method)
