"""simulator-stream: a tool of the simulator's own that takes its time where it can be watched."""

from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext

from notion_simulator.counters import Counters
from notion_simulator.tools.tool import Arguments, schema
from notion_simulator.watched_work import work

NAME = "simulator-stream"
INPUT_SCHEMA = schema(
    {
        "events": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "interval_ms": {"type": "integer", "minimum": 0, "maximum": 600_000},
    },
    ("events", "interval_ms"),
)
DESCRIPTION = (
    "Test aid: sends `events` progress notifications, `interval_ms` milliseconds apart, then a "
    "result. Progress reaches a caller that sent a progressToken."
)


def declaration() -> types.Tool:
    """Returns the tool as tools/list shows it while `test_tools` is on."""
    return types.Tool(
        name=NAME,
        title="Simulator stream",
        description=DESCRIPTION,
        input_schema=INPUT_SCHEMA,
        annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


async def run(
    context: ServerRequestContext[dict[str, Any]], arguments: Arguments, counters: Counters
) -> types.CallToolResult:
    """Streams, and counts itself as running, completed or cancelled."""
    events: int = arguments["events"]
    await work(context, events, arguments["interval_ms"] / 1_000, counters, "event")
    return types.CallToolResult(content=[types.TextContent(text=f"{events} events sent")])
