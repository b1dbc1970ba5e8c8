"""What all tools have in common."""

import json

import pytest
from mcp.shared.exceptions import MCPError

from support.caller import Caller, text_of

pytestmark = pytest.mark.anyio


async def test_every_tool_has_a_title_hints_and_a_dialect(caller: Caller) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for name, tool in tools.items():
        assert tool.title, name
        assert tool.input_schema["$schema"].endswith("2020-12/schema"), name
    hints = tools["notion-update-page"].annotations
    assert hints is not None
    assert (hints.read_only_hint, hints.destructive_hint) == (False, True)


async def test_edits_are_seen_by_every_connection_to_the_workspace_and_no_other(
    caller: Caller,
) -> None:
    first = await caller.connect()
    second = await caller.connect()
    await caller.settings(auto_consent_workspace="Birch Studio")
    elsewhere = await caller.connect()
    page = {"properties": {"title": "Shared news"}}
    async with caller.client(first.access_token) as client:
        await client.call_tool("notion-create-pages", {"pages": [page]})
    for connection, expected in ((second, 1), (elsewhere, 0)):
        async with caller.client(connection.access_token) as client:
            result = await client.call_tool("notion-search", {"query": "Shared news"})
        assert len(json.loads(text_of(result.content))["results"]) == expected


async def test_a_query_of_no_known_mode_is_a_protocol_error(caller: Caller) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        with pytest.raises(MCPError, match="Invalid arguments for tool"):
            await client.call_tool("notion-query-data-sources", {"data": {"mode": "csv"}})
