"""Streams: progress, leaving, and taking up again."""

import anyio
import pytest

from support.caller import Caller, text_of
from support.messages import (
    MODERN,
    MODERN_HEADERS,
    initialize,
    lines_until,
    open_call,
    stream_call,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mode", ["legacy", MODERN])
async def test_progress_arrives_while_the_call_runs(caller: Caller, mode: str) -> None:
    connection = await caller.connect()
    seen: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        del total, message
        seen.append(progress)

    async with caller.client(connection.access_token, mode) as client:
        result = await client.call_tool(
            "simulator-stream", {"events": 3, "interval_ms": 1}, progress_callback=note
        )
    assert text_of(result.content) == "3 events sent"
    assert seen == [1, 2, 3]
    assert (await caller.counters())["streams"]["completed"] == 1


async def test_leaving_a_modern_stream_cancels_the_work(caller: Caller) -> None:
    token = (await caller.connect()).access_token
    response = await open_call(caller, token, MODERN_HEADERS, stream_call(1_000_000, 10))
    await response.content.readline()
    assert (await caller.wait("streams.running", equals=1))["mcp"]["open"] == 1
    response.close()
    observed = await caller.wait("streams.cancelled", at_least=1)
    assert (observed["mcp"]["open"], observed["mcp"]["cancelled"]) == (0, 1)


async def test_leaving_before_the_headers_cancels_a_modern_call(caller: Caller) -> None:
    await caller.settings(mcp_header_delay_seconds=30)
    token = (await caller.connect()).access_token
    async with anyio.create_task_group() as group:
        group.start_soon(open_call, caller, token, MODERN_HEADERS, stream_call(1_000_000, 10))
        await caller.wait("streams.running", equals=1)
        group.cancel_scope.cancel()
    observed = await caller.wait("mcp.cancelled", at_least=1)
    assert observed["mcp"]["open"] == 0
    await caller.wait("streams.running", equals=0)


async def test_leaving_a_json_call_cancels_it_in_the_modern_generation(caller: Caller) -> None:
    await caller.settings(response_mode="json")
    token = (await caller.connect()).access_token
    async with anyio.create_task_group() as group:
        group.start_soon(open_call, caller, token, MODERN_HEADERS, stream_call(1_000_000, 10))
        await caller.wait("streams.running", equals=1)
        group.cancel_scope.cancel()
    await caller.wait("streams.cancelled", at_least=1)


async def test_leaving_an_older_stream_is_counted_but_cancels_nothing(caller: Caller) -> None:
    token = (await caller.connect()).access_token
    opened = await caller.rpc(token, initialize("2025-06-18"))
    headers = {
        "Mcp-Session-Id": opened.headers["Mcp-Session-Id"],
        "MCP-Protocol-Version": "2025-06-18",
    }
    response = await open_call(caller, token, headers, stream_call(20, 10))
    await caller.wait("streams.running", equals=1)
    response.close()
    observed = await caller.wait("mcp.cancelled", at_least=1)
    assert observed["mcp"]["open"] == 0
    assert (await caller.wait("streams.completed", at_least=1))["streams"]["cancelled"] == 0


async def test_a_cut_stream_is_taken_up_again_after_its_last_event(caller: Caller) -> None:
    await caller.settings(resumable_streams=True)
    token = (await caller.connect()).access_token
    version = "2025-11-25"
    opened = await caller.rpc(token, initialize(version))
    headers = {
        "Mcp-Session-Id": opened.headers["Mcp-Session-Id"],
        "MCP-Protocol-Version": version,
    }
    response = await open_call(caller, token, headers, stream_call(5, 1))
    before = await lines_until(response, "notifications/progress")
    response.close()
    await caller.wait("streams.completed", at_least=1)
    last = next(line for line in reversed(before) if line.startswith("id: "))
    resume = {
        **headers,
        "Authorization": f"Bearer {token}",
        "Accept": "text/event-stream",
        "Last-Event-ID": last.removeprefix("id: "),
    }
    resumed = await caller.http.get(f"{caller.url}/mcp", headers=resume)
    after = await lines_until(resumed, "5 events sent")
    resumed.close()
    missed = [line for line in after if "notifications/progress" in line]
    assert len(missed) == 4
