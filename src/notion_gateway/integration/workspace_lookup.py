"""Whose workspace a token opens, asked of Notion's own tool: ``notion-fetch`` with id ``self``;
and what Notion's server says about itself on the way.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, final

from notion_gateway.integration.rules.events import Workspace
from notion_gateway.integration.rules.notion_server import UNSEEN, NotionServer, versions_up_to
from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.late_imports import imported
from notion_gateway.kernel.outbound.egress import EgressProxy
from notion_gateway.kernel.outbound.session import trusted_certificates
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.text import short_text

if TYPE_CHECKING:
    from mcp import Client

_MAX_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """``texts``: the tool's answer; none where it reported an error."""

    server: NotionServer
    texts: list[str]

    def workspace(self) -> Workspace:
        """Raises UpstreamUnsuitable where Notion did not name one."""
        for text in self.texts:
            try:
                found = json.loads(text)["self"]["workspace"]
                workspace = cast("Mapping[str, object]", found)
                return Workspace(id=short_text(workspace["id"]), name=short_text(workspace["name"]))
            except (ValueError, KeyError, TypeError):
                continue
        raise UpstreamUnsuitable("Notion did not say which workspace this is.")


@final
class WorkspaceLookup:
    """Speaks whichever protocol generation the server does."""

    def __init__(
        self,
        mcp_url: str,
        *,
        timeout_seconds: float = 30.0,
        notion_version: str | None = None,
        proxy: EgressProxy | None = None,
    ) -> None:
        self._mcp_url = mcp_url
        self._proxy = proxy
        self._timeout_seconds = timeout_seconds
        self._headers = {"notion-version": notion_version} if notion_version else {}

    async def look(self, access_token: Secret) -> Found:
        """Raises UpstreamTimeout or UpstreamUnreachable."""
        await imported("mcp", "httpx2")
        from mcp import MCPError

        headers = {**self._headers, "authorization": f"Bearer {access_token.reveal()}"}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._fetch_self(headers)
        except TimeoutError:
            raise UpstreamTimeout from None
        except (MCPError, OSError, ExceptionGroup):
            # What the client raises may quote headers; the outcome is all anybody needs.
            raise UpstreamUnreachable from None

    async def _fetch_self(self, headers: Mapping[str, str]) -> Found:
        from httpx2 import AsyncClient, HTTPError, Proxy
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client
        from mcp.types import TextContent

        proxy = None
        if (way := self._proxy) is not None:
            auth = None if way.user is None else (way.user, way.password)
            proxy = Proxy(way.url, auth=auth)
        try:
            async with (
                AsyncClient(
                    headers=headers,
                    timeout=self._timeout_seconds,
                    trust_env=False,
                    verify=trusted_certificates(),
                    proxy=proxy,
                ) as http,
                Client(streamable_http_client(self._mcp_url, http_client=http)) as client,
            ):
                server = _server(client)
                result = await client.call_tool("notion-fetch", {"id": "self"})
        except HTTPError:
            raise UpstreamUnreachable from None
        blocks = () if result.is_error else result.content
        return Found(server, [block.text for block in blocks if isinstance(block, TextContent)])


def _server(client: "Client") -> NotionServer:
    discovered, info = client.session.discover_result, client.server_info
    spoken = [] if discovered is None else discovered.supported_versions[:_MAX_VERSIONS]
    return NotionServer(
        name=short_text(info and info.name) or UNSEEN.name,
        version=short_text(info and info.version) or UNSEEN.version,
        protocol_versions=tuple(filter(None, (short_text(one, 32) for one in spoken)))
        or versions_up_to(client.protocol_version),
    )
