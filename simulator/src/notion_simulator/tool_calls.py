"""Running a tool: rate limits, plan, work that fell due, the tool itself, and the envelope."""

import math

import anyio
import mcp_types as types

from notion_simulator.entitlements import entitlement_error, is_counted, refusal, tool_access
from notion_simulator.json_answers import compact
from notion_simulator.oauth.grants import Grant
from notion_simulator.rate_limits import Exceeded
from notion_simulator.simulator import Simulator
from notion_simulator.tools.async_tasks import settle
from notion_simulator.tools.errors import NotionError, error_document, rate_limited_document
from notion_simulator.tools.tool import Arguments, Call, Tool, short_name
from notion_simulator.tools.tool_sets import tools_of

# Notion waits that long itself before it troubles the client.
PATIENCE_SECONDS = 2.0


class ToolCalls:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def run(self, tool: Tool, arguments: Arguments, grant: Grant) -> types.CallToolResult:
        """Returns the result of a call whose arguments have been checked."""
        exceeded = await self._count(tool, grant)
        if exceeded is not None:
            document = rate_limited_document(math.ceil(exceeded.seconds), exceeded.reason)
            return types.CallToolResult(
                content=[types.TextContent(text=compact(document))],
                structured_content=document,
                is_error=True,
            )
        try:
            return await self._run(tool, arguments, grant)
        except NotionError as error:
            return answer(compact(error_document(error)), is_error=True)

    async def _run(self, tool: Tool, arguments: Arguments, grant: Grant) -> types.CallToolResult:
        call = self._call(grant)
        settle(call.workspace, call.now)
        prompt = self._gate(call, tool, arguments)
        if prompt is not None:
            if call.settings.plan_gate == "error":
                raise entitlement_error(prompt)
            return answer(prompt)
        if tool.pause is not None:
            await anyio.sleep(tool.pause(call, arguments))
            call = self._call(grant)
        result = tool.run(call, arguments)
        return types.CallToolResult(
            content=[types.TextContent(text=compact(result))],
            structured_content=None if tool.output_schema is None else result,
        )

    async def _count(self, tool: Tool, grant: Grant) -> Exceeded | None:
        exceeded = self._simulator.count_call(grant, tool.name)
        if exceeded is None or exceeded.seconds > PATIENCE_SECONDS:
            return exceeded
        await anyio.sleep(exceeded.seconds)
        return self._simulator.count_call(grant, tool.name)

    def _gate(self, call: Call, tool: Tool, arguments: Arguments) -> str | None:
        name = short_name(tool.name)
        entry, key = call.access[name], (call.workspace.id, name)
        uses = self._simulator.limited_uses
        prompt = refusal(call.settings, entry, name, arguments, uses[key])
        if prompt is None and is_counted(entry, arguments):
            uses[key] += 1
        return prompt

    def _call(self, grant: Grant) -> Call:
        simulator = self._simulator
        client = simulator.client(grant.client_id)
        return Call(
            workspace=simulator.workspaces[grant.workspace_id],
            grant=grant,
            now=simulator.clock(),
            settings=simulator.settings,
            base_url=simulator.base_url,
            client_name=client.name if client is not None else "",
            access=tool_access(simulator.settings, tools_of(simulator.settings.tool_set)),
        )


def answer(text: str, *, is_error: bool = False) -> types.CallToolResult:
    """Returns a result of one text."""
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=is_error)
