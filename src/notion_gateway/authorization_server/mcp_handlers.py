"""Answers of the ``mcp`` package's authorization-server handlers, for one request each.

Nothing imports this before a client logs in, registers or revokes: the package takes half a second
and 35 MB.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from mcp.server.auth.handlers.authorize import AuthorizationHandler
from mcp.server.auth.handlers.register import RegistrationHandler
from mcp.server.auth.handlers.revoke import RevocationHandler
from mcp.server.auth.middleware.client_auth import ClientAuthenticator
from mcp.server.auth.settings import ClientRegistrationOptions

from notion_gateway.authorization_server.client_requests import ClientRequest
from notion_gateway.authorization_server.mcp_provider import GatewayProvider
from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.rules.clients import McpClient


async def authorization_answer(
    server: AuthorizationServer,
    sent: Mapping[str, str],
    client: McpClient | None,
    request: Request,
) -> Response:
    return await AuthorizationHandler(GatewayProvider(server, sent, client)).handle(request)


async def revocation_answer(server: AuthorizationServer, asked: ClientRequest) -> Response:
    provider = _provider(server, asked)
    return await RevocationHandler(provider, ClientAuthenticator(provider)).handle(asked.request)


async def registration_answer(
    server: AuthorizationServer, document: Mapping[str, Any], request: Request
) -> Response:
    provider = GatewayProvider(server, document)
    handler = RegistrationHandler(provider, ClientRegistrationOptions(enabled=True))
    return await handler.handle(request)


def _provider(server: AuthorizationServer, asked: ClientRequest) -> GatewayProvider:
    return GatewayProvider(server, asked.sent, asked.client, asked.secret)
