"""Pydantic AI: an agent's toolset, asked as an agent asks it."""
# pyright: basic, reportMissingImports=false

import asyncio

from driving import ADDRESS, TOKEN, Arguments, obey
from pydantic_ai.mcp import MCPToolset


async def main() -> None:
    # With its cache it would go on with the tools that it saw first.
    async with MCPToolset(ADDRESS, auth=TOKEN or "oauth", cache_tools=False) as toolset:

        async def tools() -> dict[str, str]:
            return {tool.name: tool.description or "" for tool in await toolset.list_tools()}

        async def call(name: str, arguments: Arguments) -> str:
            try:
                return str(await toolset.direct_call_tool(name, arguments))
            except Exception as error:  # noqa: BLE001 - how it tells of a tool's error
                return str(error)

        await obey(tools, call)


asyncio.run(main())
