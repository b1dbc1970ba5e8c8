"""Tools that this version of the gateway does not know, and what becomes of calls of them."""

import time
from typing import Any

import mcp_types as types

from tests.catalogue.catalogues import SPACE
from tests.policy.ways_round import raw, tool_call
from tests.support.rig import Rig
from tests.support.waiting import PATIENCE_SECONDS

PLAIN = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def a_new_tool(name: str, *, reads: bool = False) -> types.Tool:
    return types.Tool(
        name=name,
        description="Does something new.",
        input_schema={"type": "object"},
        annotations=types.ToolAnnotations(read_only_hint=reads),
    )


async def refusal(rig: Rig, tool: str, **arguments: Any) -> str | None:
    """Why a call of it was stopped here; None where it has reached Notion."""
    call = raw(tool_call("2025-11-25", tool, **arguments))
    answer = await rig.caller.call(SPACE, call, headers=PLAIN)
    for reason in ("blocked_by_policy", "approval_required", "call_unclear"):
        if reason.encode() in answer.body:
            return reason
    return None


async def until_refused(rig: Rig, tool: str, wanted: str | None) -> None:
    """Within the two seconds, or so, in which every gateway hears of it."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (found := await refusal(rig, tool)) != wanted:
        assert time.monotonic() < give_up, found
