"""The MCP side of the simulator on the official SDK's low-level server."""

import math
from typing import Any, cast

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError
from starlette.requests import Request

from notion_simulator.documents import DOCUMENTS
from notion_simulator.json_answers import compact
from notion_simulator.oauth.grants import Grant
from notion_simulator.simulator import Simulator
from notion_simulator.tools import stream
from notion_simulator.tools.errors import NotionError, error_document, rate_limited_document
from notion_simulator.tools.registry import TOOLS, argument_issues
from notion_simulator.tools.tool import Arguments, Call, Schema, Tool

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

    async def list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        del params
        self._simulator.counters.rpc(context.method)
        listed = [declaration(tool) for tool in TOOLS.values()]
        if self._simulator.settings.test_tools:
            listed.append(stream.declaration())
        return types.ListToolsResult(tools=listed)

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        self._simulator.counters.rpc(context.method)
        arguments = params.arguments or {}
        if params.name == stream.NAME:
            check_arguments(stream.NAME, stream.INPUT_SCHEMA, arguments)
            self._simulator.counters.tool_call(stream.NAME)
            return await stream.run(context, arguments, self._simulator.counters)
        tool = TOOLS.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Tool {params.name} not found")
        check_arguments(tool.name, tool.input_schema, arguments)
        self._simulator.counters.tool_call(tool.name)
        return self._run(tool, arguments, grant_of(context))

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        del params
        self._simulator.counters.rpc(context.method)
        resources = [
            types.Resource(
                uri=document.uri,
                name=document.name,
                title=document.title,
                description=document.description,
                mime_type="text/markdown",
            )
            for document in DOCUMENTS.values()
        ]
        return types.ListResourcesResult(resources=resources)

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        self._simulator.counters.rpc(context.method)
        document = DOCUMENTS.get(params.uri)
        if document is None:
            raise MCPError(RESOURCE_NOT_FOUND, f"Resource {params.uri} not found")
        contents = types.TextResourceContents(
            uri=document.uri, mime_type="text/markdown", text=document.text
        )
        return types.ReadResourceResult(contents=[contents])

    def _run(self, tool: Tool, arguments: Arguments, grant: Grant) -> types.CallToolResult:
        wait = self._simulator.seconds_until_call_allowed(grant.id)
        if wait > 0:
            document = rate_limited_document(math.ceil(wait))
            return types.CallToolResult(
                content=[types.TextContent(text=compact(document))],
                structured_content=document,
                is_error=True,
            )
        call = Call(
            workspace=self._simulator.workspaces[grant.workspace_id],
            grant=grant,
            now=self._simulator.clock(),
            tool_names=tuple(TOOLS),
        )
        try:
            result: object = tool.run(call, arguments)
        except NotionError as error:
            text = compact(error_document(error))
            return types.CallToolResult(content=[types.TextContent(text=text)], is_error=True)
        return types.CallToolResult(content=[types.TextContent(text=compact(result))])


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
        on_subscriptions_listen=ListenHandler(InMemorySubscriptionBus()),
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
    )


def check_arguments(name: str, schema: Schema, arguments: Arguments) -> None:
    """Raises the protocol error (-32602) with which Notion answers wrong arguments."""
    issues = argument_issues(schema, arguments)
    if issues is not None:
        raise MCPError(types.INVALID_PARAMS, f"Invalid arguments for tool {name}: {issues}")


def grant_of(context: Context) -> Grant:
    """Returns the grant the endpoint put into the request's scope."""
    request = cast("Request", context.request)
    return cast("Grant", request.scope[GRANT_KEY])
