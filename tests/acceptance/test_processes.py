"""The gateway as a process of its own: what outlives it, and who can call through it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from tests.support.asgi import Held
from tests.support.clocks import SharedClock
from tests.support.gateway import PROXY, Caller, calling
from tests.support.notion import serving_notion
from tests.support.processes import Running, gateway_process, simulator_process
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

Mode = Literal["legacy", "2026-07-28", "auto"]
MODES: tuple[Mode, ...] = ("legacy", "2026-07-28", "auto")


@asynccontextmanager
async def caller_of(
    folder: Path, notion_url: str, **variables: str
) -> AsyncGenerator[tuple[Running, Caller]]:
    async with (
        gateway_process(folder / "data", notion_url, folder / "gateway.log", **variables) as one,
        calling(one.url) as caller,
    ):
        yield one, caller


@pytest.mark.promise("seed:new-pair-stored")
async def test_a_refreshed_pair_is_reused_after_a_restart(tmp_path: Path) -> None:
    upstream = RecordingMcp()
    async with serving_notion(clock=SharedClock(), mcp=upstream, rotation="strict") as notion:
        async with caller_of(tmp_path, notion.url) as (gateway, caller):
            await caller.connect("team")
            notion.expire_access_tokens()
            assert (await caller.call("team")).status == 200
            newest = upstream.last.values(b"authorization")
            history = await caller.event_types("team")
            await gateway.stop()
        async with caller_of(tmp_path, notion.url) as (_, caller):
            assert (await caller.call("team")).status == 200
            assert upstream.last.values(b"authorization") == newest
            assert await caller.event_types("team") == history

    assert len(notion.wire.refreshes()) == 1
    assert history == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]


async def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    async with serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion:
        async with caller_of(tmp_path, notion.url) as (gateway, caller):
            end = await caller.connect("team")
            await gateway.kill()
        async with caller_of(tmp_path, notion.url) as (_, caller):
            assert (await caller.status("team"))["process_id"] == end.result["processId"]
            assert (await caller.call("team")).status == 200


async def test_a_refresh_under_way_lands_before_a_shutdown_ends(tmp_path: Path) -> None:
    async with serving_notion(clock=SharedClock(), mcp=RecordingMcp(), rotation="strict") as notion:
        async with caller_of(tmp_path, notion.url) as (gateway, caller):
            await caller.connect("team")
            held = Held(notion.wire.simulated)
            notion.wire.instead["/token"] = held
            notion.expire_access_tokens()
            slow = asyncio.create_task(caller.call("team"))
            await held.arrived.wait()
            stopping = asyncio.create_task(gateway.stop())
            await refuses_connections(gateway)
            held.release()
            await stopping
            await asyncio.wait({slow})
        async with caller_of(tmp_path, notion.url) as (_, caller):
            assert (await caller.event_types("team"))[-1] == "TokenRefreshed"
            assert (await caller.call("team")).status == 200

    assert len(notion.wire.refreshes()) == 1


async def refuses_connections(gateway: Running) -> None:
    """Returns once the shutdown has begun."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            except ConnectionError:
                return
            writer.transport.abort()
            await asyncio.sleep(0.01)


async def test_an_unmodified_mcp_client_calls_through_the_proxy_with_headers_only(
    tmp_path: Path,
) -> None:
    flags = ("--auto-consent", "--test-tools")
    async with (
        simulator_process(tmp_path / "simulator.log", *flags) as notion,
        caller_of(tmp_path, f"http://localhost:{notion.port}") as (gateway, caller),
    ):
        end = await caller.connect("team")
        assert end.result["status"] == "success"
        for mode in MODES:
            await require_tools(gateway.url + PROXY, mode)
        status = await until_named(caller)
        assert status["workspace"]["id"] == end.result["workspaceId"]


async def require_tools(url: str, mode: Mode) -> None:
    """Lists tools, calls one, and follows another's progress."""
    told: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    headers = {"X-User-ID": "ada", "X-Space-ID": "team"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=20, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        tools = {tool.name for tool in (await client.list_tools()).tools}
        found = await client.call_tool("notion-search", {"query": "plan"})
        streamed = await client.call_tool(
            "simulator-stream", {"events": 20, "interval_ms": 1}, progress_callback=note
        )

    (text,) = found.content
    assert {"notion-search", "notion-fetch", "notion-create-pages"} <= tools, mode
    assert isinstance(text, TextContent)
    assert not found.is_error, mode
    assert not streamed.is_error, mode
    assert told == [float(number) for number in range(1, 21)], mode


async def until_named(caller: Caller) -> dict[str, Any]:
    """The workspace's name comes a moment after the connection: Notion is asked for it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            status = await caller.status("team")
            if status["workspace"]["name"]:
                return status
            await asyncio.sleep(0.02)


@pytest.mark.promise("seed:encrypted")
async def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    async with (
        serving_notion(clock=SharedClock()) as notion,
        caller_of(tmp_path, notion.url) as (_, caller),
    ):
        await caller.connect("team")
        files = list((tmp_path / "data").iterdir())
        modes = {file.name: file.stat().st_mode & 0o777 for file in files}

    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert modes["encryption.key"] == 0o600
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
