"""Work of a tool call that takes its time, tells how far it is, and is counted when it ends."""

from typing import Any

import anyio
from mcp.server.context import ServerRequestContext

from notion_simulator.counters import Counters

# Where the fault middleware tells the MCP server for how many seconds a call is to work.
SLOWED_KEY = "notion_simulator.slowed_seconds"
PROGRESS_INTERVAL_SECONDS = 0.5


async def work(
    context: ServerRequestContext[dict[str, Any]],
    steps: int,
    interval_seconds: float,
    counters: Counters,
    step_name: str,
) -> None:
    """Takes `steps` times `interval_seconds`, with a progress notification after each.

    Counts itself among the streams as running, and in the end as completed or
    cancelled.
    """
    outcome = "cancelled"
    counters.stream_started()
    try:
        for number in range(1, steps + 1):
            await anyio.sleep(interval_seconds)
            message = f"{step_name} {number} of {steps}"
            await context.session.report_progress(number, steps, message)
        outcome = "completed"
    finally:
        counters.stream_ended(outcome)


async def slow_down(
    context: ServerRequestContext[dict[str, Any]], seconds: float, counters: Counters
) -> None:
    """Works for `seconds`, with progress about every half second."""
    steps = max(1, round(seconds / PROGRESS_INTERVAL_SECONDS))
    await work(context, steps, seconds / steps, counters, "step")
