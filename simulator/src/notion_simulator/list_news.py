"""`list_changed`: who hears that there are other tools and resources now."""

from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ResourcesListChanged,
    ToolsListChanged,
)


class ListNews:
    """Subscriptions of 2026-07-28 hear it by `bus`; older sessions that have listed something by
    their GET stream, if they have one open.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._sessions: dict[str, ServerSession] = {}

    def listed(self, session_id: str, session: ServerSession) -> None:
        """Notes a session that has been told a list."""
        self._sessions[session_id] = session

    async def announce(self) -> int:
        """Tells everybody; returns how many sessions that were."""
        await self.bus.publish(ToolsListChanged())
        await self.bus.publish(ResourcesListChanged())
        for session in list(self._sessions.values()):
            await session.send_tool_list_changed()
            await session.send_resource_list_changed()
        return len(self._sessions)

    def forget(self) -> None:
        self._sessions.clear()
