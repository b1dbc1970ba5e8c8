"""Being a client of Notion's: for one consent, or once and for all."""

from dataclasses import dataclass
from typing import final

from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.oauth.discovery import Discovery
from notion_gateway.oauth.metadata import Discovered, ServerMetadata
from notion_gateway.oauth.registration import (
    DOCUMENTS_PATH,
    choose_auth_method,
    judge_registration,
    redirect_uri_of,
    registration_request,
)
from notion_gateway.oauth.requests import AuthMethod, OAuthClient

_CONFIDENTIAL: tuple[AuthMethod, ...] = ("client_secret_post", "client_secret_basic")


@final
@dataclass(frozen=True)
class ClientAtNotion:
    """``configured`` is the client that the settings name, if they do. ``documents_base`` is
    the public origin of this gateway's client-id metadata documents, if it may use them.
    """

    discovery: Discovery
    transport: HttpTransport
    redirect_uri: str
    scope: str | None
    auth_method: AuthMethod | None
    configured: OAuthClient | None
    documents_base: str | None

    async def for_consent(self, notion: Discovered) -> OAuthClient:
        """The configured client, else one of this consent's own: a metadata document where
        both sides can, a dynamic registration otherwise.

        Raises UpstreamUnreachable, UpstreamTimeout or UpstreamUnsuitable.
        """
        if self.configured is not None:
            return self.configured
        if self.documents_base is not None and notion.server.reads_client_documents:
            return OAuthClient(f"{self.documents_base}{DOCUMENTS_PATH}/{random_identifier()}")
        method = choose_auth_method(notion.server, self.auth_method)
        return await self._register(notion, method)

    def redirect_uri_of(self, client: OAuthClient) -> str:
        """Where Notion is asked to send the browser back to."""
        return redirect_uri_of(client.client_id, self.redirect_uri)

    async def register(self) -> OAuthClient:
        """A new client to configure: as configured, else with a secret where Notion gives one.

        Raises as ``for_consent``.
        """
        notion = await self.discovery.find()
        method = self.auth_method or _with_secret(notion.server)
        return await self._register(notion, method)

    async def _register(self, notion: Discovered, method: AuthMethod) -> OAuthClient:
        request = registration_request(
            notion.server,
            redirect_uri=self.redirect_uri,
            scope=notion.scope(self.scope),
            auth_method=method,
        )
        return judge_registration(await self.transport.send(request))


def _with_secret(server: ServerMetadata) -> AuthMethod:
    for method in _CONFIDENTIAL:
        if method in server.auth_methods:
            return method
    return choose_auth_method(server, None)
