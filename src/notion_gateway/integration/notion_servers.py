"""Stores what Notion's MCP server said about itself, for every replica and after a restart."""

from typing import final

from notion_gateway.integration.rules.notion_server import (
    NOTION_SERVER_EVENT_TYPES,
    UNSEEN,
    NotionServer,
    NotionServerSeen,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import EventStreams

_LOOKED_AT = 20
"""The newest events of the stream: older ones are out of date, whatever they say."""


@final
class NotionServers:
    """Streams ``notion-server/{address}``; ``mcp_url`` is the address this gateway calls."""

    def __init__(self, database: Database, clock: Clock, mcp_url: str) -> None:
        self._streams = EventStreams(
            database, "notion-server", NOTION_SERVER_EVENT_TYPES, what="Notion's server"
        )
        self._clock = clock
        self._mcp_url = mcp_url

    async def last_seen(self) -> NotionServer:
        """``UNSEEN`` where nobody has ever connected. Raises StoreUnavailable."""
        return (await self._load())[1]

    async def saw(self, server: NotionServer) -> None:
        """Appends only what is news. Raises StoreUnavailable, or VersionConflict where another
        replica saw something at the same time.
        """
        version, known = await self._load()
        if version == 0 or known != server:
            event = NotionServerSeen(at=self._clock.now(), server=server)
            await self._streams.append(self._mcp_url, version, [event])

    async def _load(self) -> tuple[int, NotionServer]:
        history = await self._streams.page(self._mcp_url, limit=_LOOKED_AT)
        seen = [one.event.server for one in history if isinstance(one.event, NotionServerSeen)]
        return (history[-1].version if history else 0), (seen[-1] if seen else UNSEEN)
