"""notion-get-tool-access; the envelope around the map is not captured."""

from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, schema


def get_tool_access(call: Call, arguments: Arguments) -> Result:
    """Returns the access map, narrowed to names if given; unknown names are left out.

    As in Notion, search is not in it while AI search is available.
    """
    access = dict(call.access)
    if access.get("ai_search", {}).get("status") == "available":
        access.pop("search", None)
    wanted = arguments.get("tool_names")
    if wanted is not None:
        access = {name: entry for name, entry in access.items() if name in wanted}
    return {"current_tool_access": access}


TOOLS = (
    Tool(
        "notion-get-tool-access",
        "Get tool access",
        "Tells which tools this connection may use, which parameters it may not, and where to "
        "upgrade.",
        schema({"tool_names": {"type": "array", "items": {"type": "string"}}}),
        READS,
        get_tool_access,
    ),
)
