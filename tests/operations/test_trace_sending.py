"""Spans leave when they can: no call waits for a collector, and none learns a secret."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.operations.traces import opening
from tests.cli.processes import Cli
from tests.cli.test_workers import two_workers
from tests.support.canaries import leaks
from tests.support.clocks import SharedClock
from tests.support.collector import Collector, collecting, sent_to
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.ports import free_port
from tests.support.processes import gateway_process
from tests.support.rig import a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

QUEUE = 100
LOADED = (
    "print(sorted(m for m in sys.modules if m.startswith(('opentelemetry.sdk',"
    " 'opentelemetry.exporter', 'opentelemetry.proto', 'google.protobuf', 'requests'))))"
)


@pytest.mark.parametrize("traces", [False, True])
def test_nothing_is_loaded_where_traces_are_off(tmp_path: Path, traces: bool) -> None:
    """Nor where calls are recorded, and OpenTelemetry is not told of them. And the control: it is
    where they are on.
    """
    program = f"""
import asyncio, sys
from pathlib import Path
from notion_gateway.app import create_app
from notion_gateway.settings import GivenSettings
from notion_gateway.vault.opening import prepare
from notion_gateway.wiring import open_gateway
settings = GivenSettings(
    gateway_data_dir=Path({str(tmp_path)!r}), gateway_trust_headers=True, gateway_traces={traces},
    gateway_audit=True,
)
prepare(settings)
create_app(settings)
async def run():
    async with open_gateway(settings):
        {LOADED}
asyncio.run(run())
"""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    loaded = found.stdout.strip().splitlines()[-1]
    assert ("opentelemetry.sdk" in loaded) is traces
    assert (loaded == "[]") is not traces


async def test_a_collector_that_does_not_answer_holds_up_no_call_and_takes_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: as soon as it answers, what waited comes, and no more than that."""
    collector = Collector(holds=True)
    async with collecting(collector) as served:
        for name, value in sent_to(served.url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", str(QUEUE))
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
        async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), gateway_traces=True) as rig:
            await rig.caller.connect("team")
            await until(lambda: bool(collector.bodies))
            for _ in range(3 * QUEUE):
                assert (await rig.caller.call("team")).status == 200
            assert len(collector.bodies) == 1
            assert collector.spans == []
            collector.holds = False
            collector.free.set()
            await collector.when(lambda spans: len(spans) >= QUEUE)
    assert len(collector.spans) < 2 * QUEUE, "of six times as many"


@pytest.mark.parametrize("holds", [False, True])
async def test_at_the_end_what_waits_is_sent_within_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    monkeypatch.setattr(opening, "SENT_WITHIN_SECONDS", 0.5)
    collector = Collector(holds=holds)
    async with collecting(collector) as served:
        for name, value in sent_to(served.url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")
        (key := tmp_path / "headers").write_text("x-key=kept%20apart\n")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS_FILE", str(key))
        async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), gateway_traces=True) as rig:
            await rig.caller.connect("team")
            for _ in range(3):
                await rig.caller.call("team")
            assert collector.bodies == []
            began = time.monotonic()
        assert time.monotonic() - began < 5
        assert len(collector.of("client")) == (0 if holds else 3)
        assert set(collector.keys) == {"kept apart"}
        collector.free.set()


async def test_no_secret_and_nothing_of_a_body_is_in_a_span_or_a_line(tmp_path: Path) -> None:
    """Of a caller whose headers hold them in every place."""
    names = ("argument", "token", "session", "state", "query", "answer")
    said = {name: f"canary-{name}-0123456789abcdef0123" for name in names}
    result = json.dumps({"jsonrpc": "2.0", "id": 1, "result": said["answer"]}).encode()
    params = {"name": "x", "arguments": {"a": said["argument"]}}
    body = {"jsonrpc": "2.0", "id": said["argument"], "method": "tools/call", "params": params}
    collector, mcp = Collector(), RecordingMcp(chunks=(result,))
    log = tmp_path / "gateway.log"
    async with (
        collecting(collector) as served,
        serving_notion(clock=SharedClock(), mcp=mcp) as notion,
        gateway_process(tmp_path / "data", notion.url, log, **sent_to(served.url)) as gateway,
        calling(gateway.url) as caller,
    ):
        await caller.connect("team")
        headers = {
            "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
            "tracestate": f"{said['state']} is no state",
            "X-Secret": said["token"],
            "Mcp-Method": "tools/call",
            "Mcp-Name": f"Bearer {said['token']}",
        }
        session = {"Mcp-Session-Id": said["session"]}
        for more in ({}, session, {}, session, {}):
            query = {"q": said["query"]}
            await caller.call("team", json.dumps(body), headers=headers | more, params=query)
        await collector.when(lambda _: len(collector.of("client")) == 3)
        await gateway.stop()
        secrets = notion.wire.secrets | set(said.values())
    assert len(secrets) > len(said)
    assert leaks(secrets, {"spans": b"".join(collector.bodies), "log": log.read_bytes()}) == []


@pytest.mark.parametrize("is_ours", [True, False])
def test_fastapi_makes_no_spans_of_its_own(tmp_path: Path, is_ours: bool) -> None:
    """Whoever starts the gateway by another program may have set a provider up for the process:
    FastAPI's spans would have the query of the callback, with Notion's code. And the control.
    """
    program = f"""
import asyncio
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from notion_gateway.app import api
provider, spans = TracerProvider(), InMemorySpanExporter()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
scope = {{
    "type": "http", "method": "GET", "path": "/nowhere", "query_string": b"code=canary",
    "headers": [], "notion_gateway.request_id": "id",
}}
async def receive(): return {{"type": "http.request", "body": b""}}
async def send(_): pass
asyncio.run((api() if {is_ours} else FastAPI())(scope, receive, send))
print(len(spans.get_finished_spans()))
"""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert (found.stdout.strip() == "0") is is_ours


async def test_each_of_several_workers_sends_its_own(tmp_path: Path) -> None:
    collector = Collector()
    async with collecting(collector) as served:

        def run() -> None:
            with two_workers(tmp_path, GATEWAY_TRUST_HEADERS="1", **sent_to(served.url)) as gateway:
                while len({source(one) for one in collector.spans}) < 2:
                    gateway.cli("status", "--user", "ada", NOTION_GATEWAY_URL=gateway.url)

        def source(one: Any) -> str:
            return one.source["service.instance.id"]

        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.to_thread(run)
    assert {one.source["service.name"] for one in collector.spans} == {"notion-mcp-gateway"}


def test_what_traces_need_is_said_at_the_start(tmp_path: Path) -> None:
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "GATEWAY_TRACES": "1"})
    found = cli("serve", "--port", str(free_port()), OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert found.code == 2
    assert "OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent as http/protobuf alone" in found.err
    program = (
        "import sys; sys.modules['opentelemetry.exporter'] = None;"
        " import notion_gateway.cli as c; c.app()"
    )
    without = Cli(tmp_path, cli.variables, (sys.executable, "-c", program))
    found = without("serve", "--port", str(free_port()))
    assert found.code == 2
    assert "install notion-mcp-gateway[traces]" in found.err
