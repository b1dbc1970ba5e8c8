"""A reference MCP server on the official SDK, with all the fixtures of the conformance suite.

It speaks every generation at one address, ``/mcp``: sessions, resumable streams and requests
of its own up to 2025-11-25, stateless calls from 2026-07-28 on.
"""

from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.streamable_http import (
    EventCallback,
    EventId,
    EventMessage,
    EventStore,
    StreamId,
)
from mcp.server.subscriptions import ListenHandler
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conformance import reference_content as content
from tests.conformance.reference_tools import BUS, TOOLS, call_tool, list_tools

NAME = "conformance-reference"
RETRY_MILLISECONDS = 100


class EventLog(EventStore):
    """Every event of every session; an id names the stream, since request ids repeat."""

    def __init__(self) -> None:
        self._events: list[tuple[StreamId, types.JSONRPCMessage | None]] = []

    async def store_event(
        self, stream_id: StreamId, message: types.JSONRPCMessage | None
    ) -> EventId:
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(
        self, last_event_id: EventId, send_callback: EventCallback
    ) -> StreamId | None:
        seen = int(last_event_id)
        if not 0 < seen <= len(self._events):
            return None
        stream_id = self._events[seen - 1][0]
        later = enumerate(self._events[seen:], start=seen + 1)
        for number, (owner, message) in later:
            if owner == stream_id and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream_id


def create_server() -> Server[dict[str, Any]]:
    server: Server[dict[str, Any]] = Server(
        NAME,
        version="1.0.0",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=content.list_resources,
        on_list_resource_templates=content.list_templates,
        on_read_resource=content.read_resource,
        on_subscribe_resource=content.acknowledge,
        on_unsubscribe_resource=content.acknowledge,
        on_subscriptions_listen=ListenHandler(BUS),
        on_list_prompts=content.list_prompts,
        on_get_prompt=content.get_prompt,
        on_completion=content.complete,
        get_tool_input_schema=lambda name: TOOLS[name].schema if name in TOOLS else None,
    )
    # Not in the constructor, which warns of the deprecation: older generations have it still.
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, content.acknowledge)
    server.middleware.append(
        RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME)
    )
    return server


class TrimmedHeaders:
    """What surrounds a value is none of it (RFC 9110 section 5.5); httptools leaves it there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            trimmed = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
            scope = {**scope, "headers": trimmed}
        await self._app(scope, receive, send)


def create_app() -> Starlette:
    """One application for one lifespan."""
    app = create_server().streamable_http_app(
        event_store=EventLog(), retry_interval=RETRY_MILLISECONDS
    )
    app.add_middleware(TrimmedHeaders)
    return app
