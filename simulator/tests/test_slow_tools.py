"""Tools slowed down by a fault: watched while they work, and stopped before anything changes."""

import json
from typing import Any

import anyio
import pytest
from mcp.client import Client

from notion_simulator.workspace.samples import sample_id
from support.caller import Caller, text_of
from support.messages import MODERN

pytestmark = pytest.mark.anyio

SCRATCHPAD = sample_id("Empty Scratchpad")
INSERT = {"page_id": SCRATCHPAD, "command": "insert_content", "content": "written"}
ERAS = ["legacy", MODERN]


async def scratchpad(client: Client) -> str:
    fetched = await client.call_tool("notion-fetch", {"id": SCRATCHPAD})
    return json.loads(text_of(fetched.content))["text"]


async def slow_update(caller: Caller, seconds: float, **more: Any) -> None:
    fault = {"target": "mcp", "kind": "slow", "tool": "notion-update-page", **more}
    await caller.fault(**fault, delay_seconds=seconds)


@pytest.mark.parametrize("mode", ERAS)
async def test_a_slow_tool_tells_its_progress_and_then_does_its_work(
    caller: Caller, mode: str
) -> None:
    connection = await caller.connect()
    seen: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async with caller.client(connection.access_token, mode) as client:
        await slow_update(caller, 1)
        result = await client.call_tool("notion-update-page", INSERT, progress_callback=note)
        assert not result.is_error
        assert "written" in await scratchpad(client)
    assert seen == [(1, 2, "step 1 of 2"), (2, 2, "step 2 of 2")]
    counters = await caller.counters()
    assert (counters["streams"]["completed"], counters["faults"]) == (1, {"mcp/slow": 1})


@pytest.mark.parametrize("mode", ERAS)
async def test_a_cancelled_slow_tool_is_seen_to_stop_and_has_changed_nothing(
    caller: Caller, mode: str
) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token, mode) as client:
        await slow_update(caller, 60)
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "notion-update-page", INSERT)
            await caller.wait("streams.running", equals=1)
            group.cancel_scope.cancel()
        observed = await caller.wait("streams.cancelled", at_least=1)
        assert (observed["streams"]["running"], observed["streams"]["completed"]) == (0, 0)
        assert "written" not in await scratchpad(client)


async def test_only_calls_of_the_tool_are_slowed_as_often_as_ordered(caller: Caller) -> None:
    await slow_update(caller, 0.01, times=None)
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        await client.list_tools()
        await scratchpad(client)
        for _ in range(2):
            await client.call_tool("notion-update-page", INSERT)
    assert (await caller.counters())["faults"] == {"mcp/slow": 2}


async def test_a_slow_fault_without_a_tool_waits_for_a_call_of_any(caller: Caller) -> None:
    await caller.fault(target="mcp", kind="slow", delay_seconds=0.01)
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        await client.list_tools()
        assert (await caller.counters())["faults"] == {}
        await scratchpad(client)
    assert (await caller.counters())["faults"] == {"mcp/slow": 1}


async def test_only_calls_of_tools_can_be_slow(caller: Caller) -> None:
    fault = {"target": "token", "kind": "slow", "delay_seconds": 1}
    refused = await caller.post("/_simulator/faults", json=fault)
    assert refused.status == 400
    assert "must be mcp" in refused.text
