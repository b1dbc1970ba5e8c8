"""Whose workspace a token opens, asked of Notion's own tool: ``notion-fetch`` with id ``self``;
and what Notion's server says about itself on the way.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, final

from notion_gateway.integration.notion_session import NotionSession
from notion_gateway.integration.rules.events import Workspace
from notion_gateway.integration.rules.notion_server import UNSEEN, NotionServer, versions_up_to
from notion_gateway.kernel.errors import UpstreamUnsuitable
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
@dataclass(frozen=True, slots=True)
class WorkspaceLookup:
    session: NotionSession

    async def look(self, access_token: Secret) -> Found:
        """Raises as ``NotionSession.use``."""
        return await self.session.use(access_token, _fetch_self)


async def _fetch_self(client: "Client") -> Found:
    from mcp.types import TextContent

    server = _server(client)
    result = await client.call_tool("notion-fetch", {"id": "self"})
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
