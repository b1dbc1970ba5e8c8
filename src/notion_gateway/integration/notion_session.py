"""A short MCP session of the gateway's own with Notion's server, by the official client.

For what the gateway asks Notion itself: whose workspace this is, which tools there are. Calls of
callers never pass here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar, final

from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.late_imports import imported
from notion_gateway.kernel.outbound.egress import EgressProxy
from notion_gateway.kernel.outbound.session import trusted_certificates
from notion_gateway.kernel.secret import Secret

if TYPE_CHECKING:
    from mcp import Client

T = TypeVar("T")

MAX_BYTES: Final = 2 * 1024 * 1024
"""That are read in one session. A list of 46 tools has 41 kB."""


@final
class NotionSession:
    """Speaks whichever protocol generation the server does."""

    def __init__(
        self,
        mcp_url: str,
        *,
        timeout_seconds: float = 30.0,
        notion_version: str | None = None,
        proxy: EgressProxy | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._mcp_url = mcp_url
        self._proxy = proxy
        self._timeout_seconds = timeout_seconds
        self._headers = {"notion-version": notion_version} if notion_version else {}
        self._max_bytes = max_bytes

    async def use(self, access_token: Secret, work: "Callable[[Client], Awaitable[T]]") -> T:
        """Raises UpstreamTimeout, UpstreamUnreachable, or UpstreamUnsuitable where the server
        sends too much.
        """
        await imported("mcp", "httpx2")
        from httpx2 import AsyncClient, AsyncHTTPTransport, HTTPError, Proxy
        from mcp import Client, MCPError
        from mcp.client.streamable_http import streamable_http_client

        from notion_gateway.integration.bounded_transport import BoundedTransport

        proxy = None
        if (way := self._proxy) is not None:
            auth = None if way.user is None else (way.user, way.password)
            proxy = Proxy(way.url, auth=auth)
        bounded = BoundedTransport(
            AsyncHTTPTransport(verify=trusted_certificates(), trust_env=False, proxy=proxy),
            self._max_bytes,
        )
        headers = {
            **self._headers,
            "authorization": f"Bearer {access_token.reveal()}",
            "accept-encoding": "identity",
        }
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                # The time of the whole session is bounded: the client's own limits, of each step,
                # would only say something else of it.
                AsyncClient(headers=headers, timeout=None, transport=bounded) as http,
                Client(streamable_http_client(self._mcp_url, http_client=http)) as client,
            ):
                return await work(client)
        except TimeoutError:
            fault = UpstreamTimeout()
        except (MCPError, OSError, HTTPError, ExceptionGroup):
            # What the client raises may quote headers; the outcome is all anybody needs.
            fault = UpstreamUnreachable()
        if bounded.is_over:
            raise UpstreamUnsuitable("Notion's MCP server sends too much, or compressed.")
        raise fault
