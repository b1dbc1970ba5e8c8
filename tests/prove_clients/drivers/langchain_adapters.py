"""LangChain, with langchain-mcp-adapters."""
# pyright: basic, reportMissingImports=false

import asyncio
from typing import Any

from driving import ADDRESS, TOKEN, Arguments, obey
from langchain_core.tools import ToolException
from langchain_mcp_adapters.client import MultiServerMCPClient
from login import provider


async def main() -> None:
    server: dict[str, Any] = {"transport": "streamable_http", "url": ADDRESS}
    if TOKEN:
        server["headers"] = {"Authorization": f"Bearer {TOKEN}"}
    else:
        server["auth"] = await provider(ADDRESS)
    client = MultiServerMCPClient({"notion": server})

    async def tools() -> dict[str, str]:
        return {tool.name: tool.description for tool in await client.get_tools()}

    async def call(name: str, arguments: Arguments) -> str:
        (tool,) = [one for one in await client.get_tools() if one.name == name]
        try:
            return str(await tool.ainvoke(arguments))
        except ToolException as error:
            return str(error)

    await obey(tools, call)


asyncio.run(main())
