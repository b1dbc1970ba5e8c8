"""The gateway's own OAuth authorization server, for MCP clients (OAuth 2.1, RFC 8414, 9728).

The ``mcp`` package's handlers do the protocol; around them stands what they leave open:
doubled parameters, bounds, ``iss`` in every redirect, and PKCE's own default.
"""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl, unquote, urlencode

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from mcp.server.auth.handlers.authorize import AuthorizationHandler
from mcp.server.auth.handlers.metadata import MetadataHandler, ProtectedResourceMetadataHandler
from mcp.server.auth.handlers.register import RegistrationHandler
from mcp.server.auth.handlers.revoke import RevocationHandler
from mcp.server.auth.handlers.token import TokenHandler
from mcp.server.auth.middleware.client_auth import ClientAuthenticator
from mcp.server.auth.settings import ClientRegistrationOptions
from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
from starlette.types import Message

from notion_gateway.access.challenge import METADATA_PATH
from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.rules.sign_in import APPROVAL_PATH
from notion_gateway.authorization_server.mcp_provider import GatewayProvider
from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.rules.clients import AUTH_METHODS, GRANT_TYPES
from notion_gateway.authorization_server.rules.grants import resource_of
from notion_gateway.http.body import ClientLeft, read_body
from notion_gateway.http.caller_address import caller_address
from notion_gateway.http.pages import PageRoute, sentence
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.secret import Secret

AUTHORIZE_PATH, TOKEN_PATH = "/oauth/authorize", "/oauth/token"
REGISTER_PATH, REVOKE_PATH = "/oauth/register", "/oauth/revoke"

_MAX_FORM_BYTES = 16 * 1024
_MAX_REGISTRATION_BYTES = 16 * 1024
_HINTS = ("access_token", "refresh_token")


class OAuthRoute(APIRoute):
    """A malformed request is answered in OAuth's own form (RFC 6749 section 5.2)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await inner(request)
            except InvalidRequest as fault:
                said = {"error": "invalid_request", "error_description": str(fault)}
                return JSONResponse(said, 400, {"cache-control": "no-store"})
            except ClientLeft:
                return Response(status_code=400)  # nobody reads it

        return answered


def _authorization_server(request: Request) -> AuthorizationServer:
    server: AuthorizationServer = request.state.authorization_server
    return server


TheAuthorizationServer = Annotated[AuthorizationServer, Depends(_authorization_server)]

router = APIRouter(include_in_schema=False, route_class=OAuthRoute)
pages = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/.well-known/oauth-authorization-server")
async def server_metadata(request: Request, server: TheAuthorizationServer) -> Response:
    """RFC 8414."""
    issuer = server.issuer
    methods = list(AUTH_METHODS)
    metadata = OAuthMetadata.model_validate(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}{AUTHORIZE_PATH}",
            "token_endpoint": f"{issuer}{TOKEN_PATH}",
            "registration_endpoint": f"{issuer}{REGISTER_PATH}",
            "revocation_endpoint": f"{issuer}{REVOKE_PATH}",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANT_TYPES),
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "client_id_metadata_document_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }
    )
    return await MetadataHandler(metadata).handle(request)


@router.get(METADATA_PATH + "/mcp/notion/{space_id}")
async def resource_metadata(
    request: Request, server: TheAuthorizationServer, space_id: Annotated[str, Path()]
) -> Response:
    """RFC 9728. The same for a space that exists as for one that does not."""
    if not is_space_id(space_id):
        raise HTTPException(404)
    issuer = server.issuer
    metadata = ProtectedResourceMetadata.model_validate(
        {
            "resource": resource_of(issuer, space_id),
            "authorization_servers": [issuer],
            "resource_name": "Notion MCP Gateway",
        }
    )
    return await ProtectedResourceMetadataHandler(metadata).handle(request)


@pages.get(AUTHORIZE_PATH)
async def authorize(
    request: Request, access: TheAccess, server: TheAuthorizationServer
) -> Response:
    """To the approval page, or back to the client with an error; a client or an address that
    is not known is told to the person, and leads nowhere (RFC 6749 section 4.1.2.1).
    """
    issuer = server.issuer
    sent = _once_each(request.scope["query_string"].decode("latin-1"))
    # Left out, it means plain (RFC 7636 section 4.3), which the handler then refuses.
    asked = {"code_challenge_method": "plain", **sent}
    client_id = sent.get("client_id", "")
    client = await server.directory.find(
        client_id, caller_address(request.scope, access.trusted_proxies)
    )
    provider = GatewayProvider(server, sent, client)
    scope = {**request.scope, "query_string": urlencode(asked).encode()}
    answer = await AuthorizationHandler(provider).handle(Request(scope, request.receive))
    location = answer.headers.get("location")
    if location is None:
        words = json_object(bytes(answer.body)) or {}
        said = str(words.get("error_description", "The request is malformed."))
        return sentence("This program cannot log in", said, status=answer.status_code)
    if not location.startswith(f"{issuer}{APPROVAL_PATH}?request="):
        answer.headers["location"] = f"{location}&{urlencode({'iss': issuer})}"  # RFC 9207
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


@router.post(TOKEN_PATH)
async def token(request: Request, server: TheAuthorizationServer) -> Response:
    """A pair of tokens for a code or a refresh token."""
    provider, asking = await _client_request(request, server)
    return await TokenHandler(provider, ClientAuthenticator(provider)).handle(asking)


@router.post(REVOKE_PATH)
async def revoke(request: Request, server: TheAuthorizationServer) -> Response:
    """RFC 7009."""
    provider, asking = await _client_request(request, server, {"client_secret": ""})
    return await RevocationHandler(provider, ClientAuthenticator(provider)).handle(asking)


@router.post(REGISTER_PATH)
async def register(request: Request, access: TheAccess, server: TheAuthorizationServer) -> Response:
    """RFC 7591. Anybody may; what nobody allows anything within a day is forgotten."""
    server.directory.require_room(caller_address(request.scope, access.trusted_proxies))
    body = await read_body(request.scope, request.receive, _MAX_REGISTRATION_BYTES)
    document = json_object(body) or {}
    if document:
        # Left out, it is client_secret_basic (RFC 7591 section 2); the handler has another.
        method = document.get("token_endpoint_auth_method") or "client_secret_basic"
        document["token_endpoint_auth_method"] = method
        body = json.dumps(document).encode()
    provider = GatewayProvider(server, document)
    handler = RegistrationHandler(provider, ClientRegistrationOptions(enabled=True))
    answer = await handler.handle(_with_body(request, body))
    answer.headers.update({"cache-control": "no-store", "pragma": "no-cache"})
    return answer


async def _client_request(
    request: Request, server: AuthorizationServer, defaults: Mapping[str, str] | None = None
) -> tuple[GatewayProvider, Request]:
    """What a client sends in its own name, made whole for the handlers."""
    body = await read_body(request.scope, request.receive, _MAX_FORM_BYTES)
    sent = _once_each(body.decode("latin-1"))
    basic = _basic(request.headers.get("authorization", ""))
    form = {**(defaults or {}), **sent}
    secret = sent.get("client_secret")
    if basic is not None:  # the name stands in the header then (RFC 6749 section 2.3.1)
        form.setdefault("client_id", basic[0])
        secret = basic[1]
    if form.get("token_type_hint") not in (None, *_HINTS):
        del form["token_type_hint"]  # a hint that is unknown is none (RFC 7009 section 2.1)
    client = await server.directory.redeeming(form.get("client_id", ""))
    provider = GatewayProvider(server, sent, client, Secret(secret) if secret else None)
    return provider, _with_body(request, urlencode(form).encode())


def _once_each(encoded: str) -> dict[str, str]:
    """Raises InvalidRequest where a parameter stands twice (RFC 6749 section 3.1)."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise InvalidRequest("The request has too many parameters.") from None
    sent = dict(pairs)
    if len(sent) < len(pairs):
        raise InvalidRequest("The request names a parameter twice.")
    return sent


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return unquote(client_id), unquote(secret)


def _with_body(request: Request, body: bytes) -> Request:
    """The same request, with a body that was read, and perhaps mended, before."""
    headers = [
        (name, value) for name, value in request.scope["headers"] if name != b"content-length"
    ]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = cast("dict[str, Any]", {**request.scope, "headers": headers})

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)
