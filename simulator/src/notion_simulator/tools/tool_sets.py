"""The tools of Notion's generations, and what their declarations had in common then.

Of the earlier generations the names are known, and of the declarations that
differed only search and create-database; all others are shown as they are now.
The 16 of March 2026 are known by number and by the changes around them.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal

from notion_simulator.tools.registry import TOOLS
from notion_simulator.tools.tool import Tool

ToolSet = Literal["minimum", "2026-03", "2026-09", "latest"]

MINIMUM = (
    "notion-search",
    "notion-fetch",
    "notion-create-pages",
    "notion-update-page",
    "notion-move-pages",
    "notion-query-data-sources",
    "notion-create-comment",
    "notion-get-comments",
    "notion-get-users",
    "notion-get-teams",
)
MARCH = (
    *MINIMUM,
    "notion-duplicate-page",
    "notion-create-database",
    "notion-update-data-source",
    "notion-create-view",
    "notion-update-view",
    "notion-query-meeting-notes",
)
# 8 September 2026 brought ai-search, a later day the others.
SINCE_SEPTEMBER = frozenset(
    {
        "notion-ai-search",
        "notion-delete-pages",
        "notion-get-tool-access",
        "notion-download-skill",
        "notion-upload-skill",
    }
)
SEARCH_MODE = {"content_search_mode": {"type": "string", "enum": ["workspace_search", "ai_search"]}}


@cache
def tools_of(tool_set: ToolSet) -> Mapping[str, Tool]:
    """Returns the tools of a set by name, in the order of tools/list."""
    match tool_set:
        case "minimum":
            return {name: TOOLS[name] for name in TOOLS if name in MINIMUM}
        case "2026-03":
            listed = {name: TOOLS[name] for name in TOOLS if name in MARCH}
            search = _changed(
                listed["notion-search"],
                {**SEARCH_MODE, "page_size": {"type": "integer", "minimum": 1, "maximum": 25}},
                "filters",
            )
            database = _changed(listed["notion-create-database"], {"database_type": None}, "schema")
            return {**listed, search.name: search, database.name: database}
        case "2026-09":
            listed = {name: TOOLS[name] for name in TOOLS if name not in SINCE_SEPTEMBER}
            search = _changed(listed["notion-search"], SEARCH_MODE)
            return {**listed, search.name: search}
        case "latest":
            return TOOLS


def _changed(tool: Tool, properties: Mapping[str, Any], *required: str) -> Tool:
    """Returns a tool with other properties, of which None takes one away, and required ones."""
    merged = {**tool.input_schema["properties"], **properties}
    kept = {name: value for name, value in merged.items() if value is not None}
    needed = [*tool.input_schema.get("required", ()), *required]
    return replace(tool, input_schema={**tool.input_schema, "properties": kept, "required": needed})
