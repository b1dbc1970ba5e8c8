"""Lists of tools as tests write them."""

from collections.abc import Sequence
from typing import Any

from notion_gateway.catalogue.rules.changes import Change, compare
from notion_gateway.catalogue.rules.tools import Tool, read_tools
from notion_simulator.mcp_server import declaration
from notion_simulator.tools.tool_sets import ToolSet, tools_of


def a_tool(name: str = "notion-new", **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"page": {"type": "string"}}}
    return {"name": name, "description": "Does things.", "inputSchema": schema, **more}


def reading(name: str, **more: Any) -> dict[str, Any]:
    return a_tool(name, annotations={"readOnlyHint": True}, **more)


def tools(*listed: object) -> tuple[Tool, ...]:
    return read_tools(listed)


def simulated(tool_set: ToolSet) -> tuple[Tool, ...]:
    """As the simulated Notion lists them."""
    every = tools_of(tool_set).values()
    return tools(*(declaration(one).model_dump(mode="json", by_alias=True) for one in every))


def change(before: dict[str, Any], after: dict[str, Any]) -> Change:
    """Of one tool."""
    (found,) = compare(tools(before), tools(after))
    return found


def words(changes: Sequence[Change]) -> list[str]:
    return [one.words for found in changes for one in found.differences]
