"""A client of one's own at Notion, registered once and then configured."""

from dataclasses import dataclass
from typing import final

from notion_gateway.domain.discovery import AuthorizationServer
from notion_gateway.domain.oauth import (
    AuthMethod,
    OAuthClient,
    choose_auth_method,
    judge_registration,
    registration_request,
)
from notion_gateway.ports import OAuthTransport
from notion_gateway.usecases.provider import ProviderDirectory

_CONFIDENTIAL: tuple[AuthMethod, ...] = ("client_secret_post", "client_secret_basic")


@final
@dataclass(frozen=True)
class ClientRegistration:
    """``configured`` is the client that the settings name, if they do."""

    providers: ProviderDirectory
    transport: OAuthTransport
    redirect_uri: str
    scope: str | None
    auth_method: AuthMethod | None
    configured: OAuthClient | None

    async def register(self) -> OAuthClient:
        """A new client: as configured, else with a secret where Notion gives one.

        Raises UpstreamUnreachable, UpstreamTimeout or UpstreamUnsuitable.
        """
        provider = await self.providers.provider()
        request = registration_request(
            provider.server,
            redirect_uri=self.redirect_uri,
            scope=provider.scope(self.scope),
            auth_method=self.auth_method or _with_secret(provider.server),
        )
        return judge_registration(await self.transport.send(request))


def _with_secret(server: AuthorizationServer) -> AuthMethod:
    for method in _CONFIDENTIAL:
        if method in server.auth_methods:
            return method
    return choose_auth_method(server, None)
