"""OpenAI's Agents SDK."""
# pyright: basic, reportMissingImports=false

import asyncio

from agents.mcp import MCPServerStreamableHttp
from driving import ADDRESS, TOKEN, Arguments, obey, text_of
from login import provider


async def main() -> None:
    params = {"url": ADDRESS, "timeout": 30}
    if TOKEN:
        params["headers"] = {"Authorization": f"Bearer {TOKEN}"}
    else:
        params["auth"] = await provider(ADDRESS)
    async with MCPServerStreamableHttp(
        params, name="notion", client_session_timeout_seconds=30
    ) as server:

        async def tools() -> dict[str, str]:
            return {tool.name: tool.description or "" for tool in await server.list_tools()}

        async def call(name: str, arguments: Arguments) -> str:
            answer = await server.call_tool(name, arguments)
            return text_of(answer.content)

        await obey(tools, call)


asyncio.run(main())
