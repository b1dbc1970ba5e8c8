"""The MCP side of the simulator on the official SDK's low-level server."""

from collections.abc import Mapping
from typing import Any, cast

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError
from starlette.requests import Request

from notion_simulator.documents import DOCUMENTS
from notion_simulator.oauth.grants import Grant
from notion_simulator.simulator import Simulator
from notion_simulator.tool_calls import ToolCalls
from notion_simulator.tools import stream
from notion_simulator.tools.next_steps import CARD_TYPE, CARDS
from notion_simulator.tools.registry import TOOLS, argument_issues
from notion_simulator.tools.tool import Arguments, Schema, Tool
from notion_simulator.tools.tool_sets import tools_of
from notion_simulator.watched_work import SLOWED_KEY, slow_down

SERVER_NAME = "Notion MCP"
SERVER_VERSION = "1.0.1"
GRANT_KEY = "notion_simulator.grant"
RESOURCE_NOT_FOUND = -32002

Context = ServerRequestContext[dict[str, Any]]


class NotionServer(Server[dict[str, Any]]):
    """The SDK's server, announcing `listChanged` for tools and resources as Notion's does."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        announced = notification_options or NotificationOptions(
            resources_changed=True, tools_changed=True
        )
        return super().create_initialization_options(
            announced, experimental_capabilities, extensions
        )


class McpHandlers:
    """What the server answers; the grant of a request comes from the endpoint's bearer check."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._calls = ToolCalls(simulator)

    @property
    def _tools(self) -> Mapping[str, Tool]:
        return tools_of(self._simulator.settings.tool_set)

    async def list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        self._listing(context)
        listed = [declaration(tool) for tool in self._tools.values()]
        if self._simulator.settings.test_tools:
            listed.append(stream.declaration())
        start = offset(params.cursor if params is not None else None)
        end = start + (self._simulator.settings.tools_page_size or len(listed))
        cursor = f"offset:{end}" if end < len(listed) else None
        settings = self._simulator.settings
        return types.ListToolsResult(
            tools=listed[start:end],
            next_cursor=cursor,
            ttl_ms=settings.list_ttl_ms,
            cache_scope=settings.list_cache_scope,
        )

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        self._simulator.counters.rpc(context.method)
        arguments = params.arguments or {}
        if params.name == stream.NAME:
            check_arguments(stream.NAME, stream.INPUT_SCHEMA, arguments)
            self._simulator.counters.tool_call(stream.NAME)
            return await stream.run(context, arguments, self._simulator.counters)
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Tool {params.name} not found")
        check_arguments(tool.name, tool.input_schema, arguments)
        self._simulator.counters.tool_call(tool.name)
        slowed = slowed_seconds(context)
        if slowed is not None:
            await slow_down(context, slowed, self._simulator.counters)
        return await self._calls.run(tool, arguments, grant_of(context))

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        del params
        self._listing(context)
        settings = self._simulator.settings
        resources = [
            types.Resource(
                uri=document.uri,
                name=document.name,
                title=document.title,
                description=document.description,
                mime_type="text/markdown",
            )
            for document in DOCUMENTS.values()
            if document.tool_sets is None or settings.tool_set in document.tool_sets
        ]
        return types.ListResourcesResult(
            resources=resources,
            ttl_ms=settings.list_ttl_ms,
            cache_scope=settings.list_cache_scope,
        )

    def _listing(self, context: Context) -> None:
        self._simulator.counters.rpc(context.method)
        request = cast("Request", context.request)
        session_id = request.headers.get("mcp-session-id")
        if session_id is not None:
            self._simulator.list_news.listed(session_id, context.session)

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        self._simulator.counters.rpc(context.method)
        if params.uri in CARDS:
            card = types.TextResourceContents(
                uri=params.uri, mime_type=CARD_TYPE, text=CARDS[params.uri]
            )
            return types.ReadResourceResult(contents=[card])
        document = DOCUMENTS.get(params.uri)
        if document is None:
            raise MCPError(RESOURCE_NOT_FOUND, f"Resource {params.uri} not found")
        contents = types.TextResourceContents(
            uri=document.uri, mime_type="text/markdown", text=document.text
        )
        return types.ReadResourceResult(contents=[contents])


def build_server(simulator: Simulator) -> NotionServer:
    """Returns the server with every handler Notion's has."""
    handlers = McpHandlers(simulator)
    return NotionServer(
        SERVER_NAME,
        version=SERVER_VERSION,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_read_resource=handlers.read_resource,
        on_subscriptions_listen=ListenHandler(simulator.list_news.bus),
        get_tool_input_schema=lambda name: TOOLS[name].input_schema if name in TOOLS else None,
    )


def declaration(tool: Tool) -> types.Tool:
    """Returns a tool as tools/list shows it."""
    hints = types.ToolAnnotations(
        title=tool.title,
        read_only_hint=tool.hints.read_only,
        destructive_hint=tool.hints.destructive,
        idempotent_hint=tool.hints.idempotent,
        open_world_hint=tool.hints.open_world,
    )
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        annotations=hints,
        output_schema=tool.output_schema,
        _meta=None if tool.meta is None else dict(tool.meta),
    )


def offset(cursor: str | None) -> int:
    """Returns where a page of tools/list begins; -32602 for a cursor that was not handed out."""
    digits = "0" if cursor is None else cursor.removeprefix("offset:")
    if not digits.isdecimal():
        raise MCPError(types.INVALID_PARAMS, "Invalid cursor")
    return int(digits)


def check_arguments(name: str, schema: Schema, arguments: Arguments) -> None:
    """Raises the protocol error (-32602) with which Notion answers wrong arguments."""
    issues = argument_issues(schema, arguments)
    if issues is not None:
        raise MCPError(types.INVALID_PARAMS, f"Invalid arguments for tool {name}: {issues}")


def grant_of(context: Context) -> Grant:
    """Returns the grant the endpoint put into the request's scope."""
    request = cast("Request", context.request)
    return cast("Grant", request.scope[GRANT_KEY])


def slowed_seconds(context: Context) -> float | None:
    """Returns for how long a fault of kind slow lets this call work, None without one."""
    request = cast("Request", context.request)
    return cast("float | None", request.scope.get(SLOWED_KEY))
