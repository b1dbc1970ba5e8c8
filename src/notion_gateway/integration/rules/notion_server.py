"""What Notion's MCP server says about itself: kept for the time in which it cannot be asked."""

from typing import Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""MCP's versions that begin with ``initialize``, oldest first; later ones are stateless."""


class NotionServer(Record):
    """``protocol_versions``: those it was last seen to speak."""

    name: str = "Notion MCP"
    version: str = "1.0.1"
    protocol_versions: tuple[str, ...] = HANDSHAKE_VERSIONS

    @property
    def handshake_versions(self) -> tuple[str, ...]:
        """Those that begin with ``initialize``. A server that is asked which versions it speaks
        may name the stateless ones alone, although it answers ``initialize`` as well.
        """
        spoken = tuple(one for one in HANDSHAKE_VERSIONS if one in self.protocol_versions)
        return spoken or HANDSHAKE_VERSIONS


UNSEEN = NotionServer()
"""Before Notion was ever asked: what it was publicly seen to say. Stateless versions are not
among them: a client that began with one could not go on where Notion does not speak it.
"""


def versions_up_to(negotiated: str) -> tuple[str, ...]:
    """What a server speaks that agreed to ``negotiated`` as the newest of a client's versions."""
    return tuple(one for one in HANDSHAKE_VERSIONS if one <= negotiated)


class NotionServerSeen(Record):
    """Notion's server said something else about itself than before."""

    type: Literal["NotionServerSeen"] = "NotionServerSeen"
    at: AwareDatetime
    server: NotionServer


NOTION_SERVER_EVENT_TYPES: EventTypes[NotionServerSeen] = EventTypes(NotionServerSeen)
