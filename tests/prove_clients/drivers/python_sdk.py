"""The MCP Python SDK."""
# pyright: basic, reportMissingImports=false

import asyncio

import httpx2
from driving import ADDRESS, TOKEN, Arguments, obey, text_of
from login import provider
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main() -> None:
    if TOKEN:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    else:
        http = httpx2.AsyncClient(auth=await provider(ADDRESS), timeout=30)
    transport = streamable_http_client(ADDRESS, http_client=http)
    async with http, Client(transport) as client:

        async def tools() -> dict[str, str]:
            listed = (await client.list_tools()).tools
            return {tool.name: tool.description or "" for tool in listed}

        async def call(name: str, arguments: Arguments) -> str:
            answer = await client.call_tool(name, arguments)
            return text_of(answer.content)

        await obey(tools, call)


asyncio.run(main())
