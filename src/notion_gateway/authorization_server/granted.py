"""What requests to the token endpoint have in common: who asks, and what is answered."""

from fastapi import Response
from fastapi.responses import JSONResponse

from notion_gateway.authorization_server.client_requests import ClientRequest
from notion_gateway.authorization_server.client_tokens import IssuedTokens
from notion_gateway.authorization_server.oauth_route import NO_STORE
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.why import Why


def proven_client(asked: ClientRequest, grant_type: str | None) -> McpClient:
    """Whom a request is from, with its secret where it has one, in either way to show it (RFC 6749
    section 2.3.1), and registered for the grant; None for one that nobody registers for. Raises
    Refused.
    """
    client = asked.client
    if client is None:
        raise Refused(Why.CLIENT_UNKNOWN)
    if client.auth_method != "none" and (
        asked.secret is None or not client.is_secret(asked.secret)
    ):
        raise Refused(Why.CLIENT_SECRET_WRONG)
    if grant_type is not None and grant_type not in client.grant_types:
        raise Refused(Why.GRANT_TYPE_NOT_REGISTERED)
    return client


def token_answer(issued: IssuedTokens, *, issued_token_type: str | None = None) -> Response:
    """RFC 6749 section 5.1; with the kind of token, RFC 8693 section 2.2.1."""
    said: dict[str, object] = {
        "access_token": issued.access.reveal(),
        "token_type": "Bearer",
        "expires_in": issued.expires_in_seconds,
    }
    if issued.refresh is not None:
        said["refresh_token"] = issued.refresh.reveal()
    if issued_token_type is not None:
        said["issued_token_type"] = issued_token_type
    return JSONResponse(said, headers=NO_STORE)
