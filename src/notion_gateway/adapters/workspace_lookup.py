"""Whose workspace a token opens, asked of Notion's own tool: ``notion-fetch`` with id ``self``."""

import asyncio
import json
from collections.abc import Mapping
from typing import cast, final

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from notion_gateway.domain.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.domain.events import Workspace
from notion_gateway.domain.secret import Secret


@final
class NotionWorkspaceLookup:
    """Speaks whichever protocol generation the server does."""

    def __init__(
        self, mcp_url: str, *, timeout_seconds: float = 30.0, notion_version: str | None = None
    ) -> None:
        self._mcp_url = mcp_url
        self._timeout_seconds = timeout_seconds
        self._headers = {"notion-version": notion_version} if notion_version else {}

    async def identify(self, access_token: Secret) -> Workspace:
        headers = {**self._headers, "authorization": f"Bearer {access_token.reveal()}"}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return _workspace(await self._fetch_self(headers))
        except TimeoutError:
            raise UpstreamTimeout from None
        except (MCPError, httpx2.HTTPError, OSError, ExceptionGroup):
            # What the client raises may quote headers; the outcome is all anybody needs.
            raise UpstreamUnreachable from None

    async def _fetch_self(self, headers: Mapping[str, str]) -> CallToolResult:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=self._timeout_seconds) as http,
            Client(streamable_http_client(self._mcp_url, http_client=http)) as client,
        ):
            return await client.call_tool("notion-fetch", {"id": "self"})


def _workspace(result: CallToolResult) -> Workspace:
    for block in result.content:
        if result.is_error or not isinstance(block, TextContent):
            continue
        try:
            found = json.loads(block.text)["self"]["workspace"]
            workspace = cast("Mapping[str, object]", found)
            return Workspace(id=str(workspace["id"]), name=str(workspace["name"]))
        except (ValueError, KeyError, TypeError):
            continue
    raise UpstreamUnsuitable("Notion did not say which workspace this is.")
