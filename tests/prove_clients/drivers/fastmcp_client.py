"""FastMCP's client."""
# pyright: basic, reportMissingImports=false

import asyncio

from driving import ADDRESS, TOKEN, Arguments, obey, text_of
from fastmcp import Client


async def main() -> None:
    async with Client(ADDRESS, auth=TOKEN or "oauth") as client:

        async def tools() -> dict[str, str]:
            return {tool.name: tool.description or "" for tool in await client.list_tools()}

        async def call(name: str, arguments: Arguments) -> str:
            answer = await client.call_tool(name, arguments, raise_on_error=False)
            return text_of(answer.content)

        await obey(tools, call)


asyncio.run(main())
