"""The events of one session, kept so that a broken stream can be taken up again."""

from collections import deque

from mcp.server.streamable_http import EventCallback, EventId, EventMessage, EventStore, StreamId
from mcp_types import JSONRPCMessage

MAX_EVENTS = 1_000


class EventLog(EventStore):
    """An event store of one session's own: stream ids are request ids, and those repeat.

    Holds the last 1,000 events; an older or unknown `Last-Event-ID` replays nothing.
    """

    def __init__(self) -> None:
        self._events: deque[tuple[int, StreamId, JSONRPCMessage | None]] = deque(maxlen=MAX_EVENTS)
        self._last = 0

    async def store_event(self, stream_id: StreamId, message: JSONRPCMessage | None) -> EventId:
        """Keeps a message (None for a priming event) and returns its id."""
        self._last += 1
        self._events.append((self._last, stream_id, message))
        return str(self._last)

    async def replay_events_after(
        self, last_event_id: EventId, send_callback: EventCallback
    ) -> StreamId | None:
        """Sends what came after an event on its stream; returns that stream, None if unknown."""
        seen = {str(number): stream_id for number, stream_id, _ in self._events}
        stream_id = seen.get(last_event_id)
        if stream_id is None:
            return None
        for number, owner, message in list(self._events):
            if owner == stream_id and number > int(last_event_id) and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream_id
