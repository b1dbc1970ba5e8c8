"""What was done stands in the metrics, of a gateway that runs as a process of its own."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from notion_gateway.operations.metrics.calls import MAX_TOOLS
from tests.cli.processes import Cli
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.metrics import METRICS, Scraped, scrape
from tests.support.notion import Notion, serving_notion
from tests.support.ports import free_port
from tests.support.processes import Running, gateway_process
from tests.support.upstreams import SSE_HEADERS, RecordingMcp, WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

CALLS = "mcp_server_operation_duration_seconds_count"
ADDED = "notion_gateway_added_latency_seconds_count"
REQUESTS = "http_server_request_duration_seconds_count"
RENEWALS = "notion_gateway_token_refresh_duration_seconds_count"
SEARCH = {"Mcp-Method": "tools/call", "Mcp-Name": "notion-search"}


@dataclass(frozen=True, slots=True)
class Measured:
    notion: Notion
    gateway: Running
    caller: Caller
    port: int

    async def when(self, is_so: Callable[[Scraped], bool]) -> Scraped:
        """The metrics as soon as they say so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await asyncio.to_thread(scrape, self.port)
                if is_so(found):
                    return found
                await asyncio.sleep(0.1)


@asynccontextmanager
async def measured(folder: Path, mcp: ASGIApp) -> AsyncGenerator[Measured]:
    port = free_port()
    async with (
        serving_notion(clock=SharedClock(), mcp=mcp) as notion,
        gateway_process(
            folder / "data", notion.url, folder / "gateway.log", GATEWAY_METRICS_PORT=str(port)
        ) as gateway,
        calling(gateway.url) as caller,
    ):
        assert (await caller.connect("team")).result["status"] == "success"
        yield Measured(notion, gateway, caller, port)


async def test_calls_requests_refusals_and_renewals_are_counted_as_they_were_made(
    tmp_path: Path,
) -> None:
    async with measured(tmp_path, RecordingMcp()) as place:
        caller = place.caller
        for _ in range(7):
            assert (await caller.call("team", headers=SEARCH)).status == 200
        for _ in range(2):
            assert (await caller.call("team")).status == 200
        for _ in range(3):
            assert (await caller.call("elsewhere", headers=SEARCH)).reason == "not_connected"
        await caller.send("POST", f"{place.notion.url}/_simulator/expire-access-tokens", user=None)
        assert (await caller.call("team", headers=SEARCH)).status == 200  # renewed for it
        await caller.status("team")
        await caller.status("elsewhere")

        found = await place.when(
            lambda one: (
                one.value(CALLS) == 13
                and one.value(RENEWALS) == 1
                and one.value("http_client_open_connections", http_connection_state="idle") == 1
                and one.value("notion_gateway_change_feed_delay_seconds") < 5
            )
        )
        connected = await place.when(
            lambda one: one.value("notion_gateway_grants", state="connected") == 1
        )

    named = {"mcp_method_name": "tools/call", "gen_ai_tool_name": "notion-search"}
    assert found.value(CALLS, **named, error_type="") == 8
    assert found.value(CALLS, mcp_method_name="", error_type="") == 2
    assert found.value(CALLS, error_type="not_connected") == 3
    assert found.value(ADDED) == found.value(ADDED, error_type="") == 10
    assert (
        0 < found.value(ADDED.replace("count", "sum")) < found.value(CALLS.replace("count", "sum"))
    )
    assert found.value(CALLS.replace("count", "bucket"), le="+Inf") == 13
    status = "/integrations/notion/{space_id}"
    assert found.value(REQUESTS, http_route=status, http_response_status_code="200") == 2
    assert found.value(RENEWALS, outcome="renewed") == 1
    assert found.value("notion_gateway_lease_wait_duration_seconds_count", outcome="taken") == 1
    assert found.value("process_resident_memory_bytes") > 1e7
    assert found.value("process_cpu_seconds_total") > 0
    assert 29 < connected.value("notion_gateway_grant_lapse_days") <= 30
    assert not any("team" in str(one) for one in found.samples), "no label names a space"


async def test_a_stream_is_open_until_its_caller_leaves(tmp_path: Path) -> None:
    mcp = WatchedMcp(forever())

    def open_now(count: int) -> Callable[[Scraped], bool]:
        return lambda one: one.value("notion_gateway_streams_open") == count

    async with measured(tmp_path, mcp) as place:
        await place.when(open_now(0))
        async with place.caller.http.get(
            f"{place.gateway.url}/mcp/notion/proxy",
            headers={"X-User-ID": "ada", "X-Space-ID": "team", "Accept": "text/event-stream"},
        ) as stream:
            assert stream.headers["content-type"] == dict(SSE_HEADERS)[b"content-type"].decode()
            await place.when(open_now(1))
        await place.when(open_now(0))


async def test_invented_tools_do_not_grow_the_metrics(tmp_path: Path) -> None:
    count = MAX_TOOLS + 20
    async with measured(tmp_path, RecordingMcp()) as place:
        for number in range(count):
            headers = {"Mcp-Method": "tools/call", "Mcp-Name": f"tool-{number}"}
            assert (await place.caller.call("team", headers=headers)).status == 200
        found = await place.when(lambda one: one.value(CALLS) == count)

    tools = found.values_of("gen_ai_tool_name", CALLS)
    assert len(tools) == MAX_TOOLS + 1
    assert found.value(CALLS, gen_ai_tool_name="_OTHER") == 20


async def test_nobody_listens_where_the_port_is_not_set(tmp_path: Path) -> None:
    """The control for the port, and for its default."""
    port = free_port()
    async with serving_notion(clock=SharedClock()) as notion:
        for variables, is_there in (({}, False), ({"GATEWAY_METRICS_PORT": str(port)}, True)):
            log = tmp_path / "gateway.log"
            async with gateway_process(tmp_path / "data", notion.url, log, **variables):
                try:
                    answer = httpx2.get(METRICS.format(port), trust_env=False)
                except httpx2.ConnectError:
                    assert not is_there
                else:
                    assert is_there
                    assert answer.status_code == 200


def test_a_port_that_cannot_be_had_is_refused_in_plain_words(tmp_path: Path) -> None:
    port = free_port()
    serve = ("serve", "--port", str(port))
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data")})

    same = cli(*serve, GATEWAY_METRICS_PORT=str(port))
    foreign = cli(*serve, GATEWAY_METRICS_PORT=str(free_port()), GATEWAY_METRICS_HOST="192.0.2.1")

    assert same.code == foreign.code == 2
    assert "GATEWAY_METRICS_PORT is the port that the gateway itself listens on" in same.err
    assert "192.0.2.1 is no address of this machine" in foreign.err
