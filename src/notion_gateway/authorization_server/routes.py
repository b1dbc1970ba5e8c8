"""The gateway's own OAuth authorization server, for MCP clients (OAuth 2.1, RFC 8414, 9728).

The ``mcp`` package's handlers take logins, registrations and revocations; around them stands what
they leave open: ``client_requests``, ``oauth_route``, ``iss`` in every redirect, and PKCE's own
default. Tokens are given out by the gateway's own rules, which know why where they are not.
"""

import json
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from notion_gateway.access.challenge import METADATA_PATH
from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.sign_in import APPROVAL_PATH, DEVICE_PATH
from notion_gateway.authorization_server.client_requests import (
    ClientRequest,
    device_request,
    offered_grant_types,
    parameters,
    revocation_request,
    token_request,
    with_body,
)
from notion_gateway.authorization_server.granted import proven_client, token_answer
from notion_gateway.authorization_server.login_fault_pages import cannot_log_in, unknown_client
from notion_gateway.authorization_server.machines import ALGORITHMS
from notion_gateway.authorization_server.oauth_route import NO_STORE, OAuthRoute, to_the_letter
from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.rules.clients import (
    AUTH_METHODS,
    AUTHORIZATION_CODE,
    DEVICE_CODE,
)
from notion_gateway.authorization_server.rules.grants import LoginRefused
from notion_gateway.authorization_server.rules.identity_assertions import GRANT_PROFILE
from notion_gateway.authorization_server.rules.machines import (
    CLIENT_CREDENTIALS,
    JWT_BEARER,
    TOKEN_EXCHANGE,
    MachineAuth,
)
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.authorization_server.rules.workloads import ACCESS_TOKEN
from notion_gateway.http.body import read_body
from notion_gateway.http.called_address import called_base, written_path
from notion_gateway.http.caller_address import caller_address
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.pages import PageRoute
from notion_gateway.kernel.errors import NoSuchRoute
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.late_imports import imported

AUTHORIZE_PATH, TOKEN_PATH = "/oauth/authorize", "/oauth/token"
DEVICE_AUTHORIZATION_PATH = "/oauth/device_authorization"
REGISTER_PATH, REVOKE_PATH = "/oauth/register", "/oauth/revoke"

_MAX_REGISTRATION_BYTES = 16 * 1024
_HANDLERS = "notion_gateway.authorization_server.mcp_handlers"
_FOR_AN_HOUR = {"cache-control": "public, max-age=3600"}


def _authorization_server(request: Request) -> AuthorizationServer:
    server: AuthorizationServer = request.state.authorization_server
    return server


TheAuthorizationServer = Annotated[AuthorizationServer, Depends(_authorization_server)]

router = APIRouter(include_in_schema=False, route_class=OAuthRoute)
pages = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/.well-known/oauth-authorization-server")
async def server_metadata(server: TheAuthorizationServer) -> Response:
    """RFC 8414."""
    issuer = server.issuer
    methods, assertions = list(AUTH_METHODS), server.identity_assertions.is_offered
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}{AUTHORIZE_PATH}",
            "token_endpoint": f"{issuer}{TOKEN_PATH}",
            "registration_endpoint": f"{issuer}{REGISTER_PATH}",
            "revocation_endpoint": f"{issuer}{REVOKE_PATH}",
            "device_authorization_endpoint": f"{issuer}{DEVICE_AUTHORIZATION_PATH}",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": offered_grant_types(server),
            "token_endpoint_auth_methods_supported": [*methods, MachineAuth.KEY],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "client_id_metadata_document_supported": await server.reach.advertised(),
            "authorization_response_iss_parameter_supported": True,
            **({"authorization_grant_profiles_supported": [GRANT_PROFILE]} if assertions else {}),
        },
        headers=_FOR_AN_HOUR,
    )


@router.get(METADATA_PATH + "/mcp/notion/{space_id}")
@router.get(METADATA_PATH + "/mcp/notion/{space_id}/")
async def resource_metadata(
    request: Request, server: TheAuthorizationServer, space_id: Annotated[str, Path()]
) -> Response:
    """RFC 9728. The same for a space that exists as for one that does not; for every spelling
    of its address, that spelling (section 3.3).
    """
    if not is_space_id(space_id):
        raise NoSuchRoute
    path = written_path(request.scope)
    if not path.startswith(METADATA_PATH):  # it may be escaped itself
        path = request.scope["path"]
    resource = called_base(request.scope, server.own) + path.removeprefix(METADATA_PATH)
    return JSONResponse(
        {
            "resource": resource,
            "authorization_servers": [server.issuer],
            "resource_name": "Notion MCP Gateway",
            "bearer_methods_supported": ["header"],
        },
        headers=_FOR_AN_HOUR,
    )


@pages.get(AUTHORIZE_PATH)
async def authorize(
    request: Request, access: TheAccess, server: TheAuthorizationServer
) -> Response:
    """To the approval page, or back to the client with an error; a client or an address that
    is not known is told to the person, and leads nowhere (RFC 6749 section 4.1.2.1).

    Anybody can register a client, with an address of their choice: until somebody has signed
    in, no answer leads there (RFC 9700 section 4.11.2).
    """
    try:
        sent = parameters(request.scope["query_string"].decode("latin-1"))
    except LoginRefused as fault:
        return cannot_log_in(fault.description)
    client_id = sent.get("client_id", "")
    client = await server.directory.find(
        client_id, caller_address(request.scope, access.trusted_proxies)
    )
    if client is None and client_id:
        return unknown_client()
    # Left out, it means plain (RFC 7636 section 4.3), which the handler then refuses.
    asked = {"code_challenge_method": "plain", **sent}
    scope = {**request.scope, "query_string": urlencode(asked).encode()}
    await imported(_HANDLERS)
    from notion_gateway.authorization_server.mcp_handlers import authorization_answer

    answer = await authorization_answer(server, sent, client, Request(scope, request.receive))
    location = answer.headers.get("location")
    if location is None:
        words = json_object(bytes(answer.body)) or {}
        return cannot_log_in(str(words.get("error_description", "The request is malformed.")))
    if not location.startswith(f"{server.issuer}{APPROVAL_PATH}?request="):
        if access.browser_sessions.current(request) is None:
            said = dict(parse_qsl(urlsplit(location).query))
            return cannot_log_in(said.get("error_description", "The request is malformed."))
        answer.headers["location"] = f"{location}&{urlencode({'iss': server.issuer})}"  # RFC 9207
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


@router.post(TOKEN_PATH)
async def token(request: Request, access: TheAccess, server: TheAuthorizationServer) -> Response:
    """Tokens for a code, a refresh token, a device code, an identity assertion, a workload's token
    or a machine's own credentials.
    """
    asked = await token_request(request, server)
    async with server.refused_logins.kept(asked.client, asked.sent, request.scope[REQUEST_ID]):
        return await _tokens(request, access, server, asked)


async def _tokens(
    request: Request, access: Access, server: AuthorizationServer, asked: ClientRequest
) -> Response:
    grant_type = asked.sent["grant_type"]  # one of those that are offered
    if grant_type == CLIENT_CREDENTIALS:
        if asked.client is not None:  # it registered itself, or is the command line
            raise Refused(Why.GRANT_TYPE_NOT_REGISTERED)
        machine = asked.client_id or None
        return token_answer(await server.machines.token(machine, asked.secret, asked.sent))
    if grant_type == DEVICE_CODE:
        client = proven_client(asked, DEVICE_CODE)
        return token_answer(
            await server.device_logins.poll(
                client.client_id, asked.sent.get("device_code"), asked.sent.get("resource")
            )
        )
    if grant_type == TOKEN_EXCHANGE:
        address = caller_address(request.scope, access.trusted_proxies)
        issued = await server.workloads.token(asked.sent, address)
        return token_answer(issued, issued_token_type=ACCESS_TOKEN)
    if grant_type == JWT_BEARER:
        by_key = await server.keyed_clients.proven(
            asked.client_id, asked.sent, shows_secret=asked.secret is not None
        )
        client = by_key or proven_client(asked, None)
        return token_answer(await server.identity_assertions.token(client, asked.sent))
    client = proven_client(asked, grant_type)
    if grant_type == AUTHORIZATION_CODE:
        return token_answer(await server.tokens.for_code(client, asked.sent))
    return token_answer(await server.tokens.for_refresh_token(client, asked.sent))


@router.post(DEVICE_AUTHORIZATION_PATH)
async def authorize_device(
    request: Request, access: TheAccess, server: TheAuthorizationServer
) -> Response:
    """RFC 8628 section 3.1: codes for a program on a machine without a browser. ``machine``, a
    parameter of the gateway's own, is what the person is told of where it runs.
    """
    address = caller_address(request.scope, access.trusted_proxies)
    asked = await device_request(request, server, address)
    async with server.refused_logins.kept(asked.client, asked.sent, request.scope[REQUEST_ID]):
        begun = await server.device_logins.begin(
            proven_client(asked, DEVICE_CODE),
            resource=asked.sent.get("resource"),
            machine=asked.sent.get("machine"),
            address=address,
        )
    page = f"{server.issuer}{DEVICE_PATH}"
    return JSONResponse(
        {
            "device_code": begun.device_code.reveal(),
            "user_code": begun.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={begun.user_code}",
            "expires_in": begun.expires_in_seconds,
            "interval": begun.interval_seconds,
        },
        headers=NO_STORE,
    )


@router.post(REVOKE_PATH)
async def revoke(request: Request, server: TheAuthorizationServer) -> Response:
    """RFC 7009."""
    asked = await revocation_request(request, server)
    await imported(_HANDLERS)
    from notion_gateway.authorization_server.mcp_handlers import revocation_answer

    return to_the_letter(await revocation_answer(server, asked))


@router.post(REGISTER_PATH)
async def register(request: Request, access: TheAccess, server: TheAuthorizationServer) -> Response:
    """RFC 7591. Anybody may; see ``ClientStore`` for how long that is remembered."""
    server.directory.require_room(caller_address(request.scope, access.trusted_proxies))
    body = await read_body(request.scope, request.receive, _MAX_REGISTRATION_BYTES)
    document = json_object(body) or {}
    if document:
        # Left out, it is client_secret_basic (RFC 7591 section 2); the handler has another.
        method = document.get("token_endpoint_auth_method") or "client_secret_basic"
        document["token_endpoint_auth_method"] = method
        body = json.dumps(document).encode()
    await imported(_HANDLERS)
    from notion_gateway.authorization_server.mcp_handlers import registration_answer

    answer = await registration_answer(server, document, with_body(request, body))
    answer.headers.update({"cache-control": "no-store", "pragma": "no-cache"})
    return answer
