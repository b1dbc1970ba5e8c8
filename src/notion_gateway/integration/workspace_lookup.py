"""Whose workspace a token opens, asked of Notion's own tool: ``notion-fetch`` with id ``self``."""

import asyncio
import json
from collections.abc import Mapping
from typing import cast, final

from notion_gateway.integration.rules.events import Workspace
from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.text import short_text


@final
class WorkspaceLookup:
    """Speaks whichever protocol generation the server does."""

    def __init__(
        self, mcp_url: str, *, timeout_seconds: float = 30.0, notion_version: str | None = None
    ) -> None:
        self._mcp_url = mcp_url
        self._timeout_seconds = timeout_seconds
        self._headers = {"notion-version": notion_version} if notion_version else {}

    async def identify(self, access_token: Secret) -> Workspace:
        # Half a second of imports that only a first consent needs.
        from mcp import MCPError

        headers = {**self._headers, "authorization": f"Bearer {access_token.reveal()}"}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return _workspace(await self._fetch_self(headers))
        except TimeoutError:
            raise UpstreamTimeout from None
        except (MCPError, OSError, ExceptionGroup):
            # What the client raises may quote headers; the outcome is all anybody needs.
            raise UpstreamUnreachable from None

    async def _fetch_self(self, headers: Mapping[str, str]) -> list[str]:
        """The texts of the answer; none where the tool reported an error."""
        from httpx2 import AsyncClient, HTTPError
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client
        from mcp.types import TextContent

        try:
            async with (
                AsyncClient(
                    headers=headers, timeout=self._timeout_seconds, trust_env=False
                ) as http,
                Client(streamable_http_client(self._mcp_url, http_client=http)) as client,
            ):
                result = await client.call_tool("notion-fetch", {"id": "self"})
        except HTTPError:
            raise UpstreamUnreachable from None
        if result.is_error:
            return []
        return [block.text for block in result.content if isinstance(block, TextContent)]


def _workspace(texts: list[str]) -> Workspace:
    for text in texts:
        try:
            found = json.loads(text)["self"]["workspace"]
            workspace = cast("Mapping[str, object]", found)
            return Workspace(id=short_text(workspace["id"]), name=short_text(workspace["name"]))
        except (ValueError, KeyError, TypeError):
            continue
    raise UpstreamUnsuitable("Notion did not say which workspace this is.")
