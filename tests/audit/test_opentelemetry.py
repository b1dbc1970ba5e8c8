"""Recorded calls reach a real OTLP/HTTP receiver as log records, and what does not is counted."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from pathlib import Path

import pytest

from notion_gateway.audit import forwarding
from notion_gateway.audit.forwarding import Forwarder
from notion_gateway.audit.log_collector import LogCollector
from notion_gateway.audit.opening import require_audit_logs
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.log_record import INFO, INFO_2, WARN, log_record
from notion_gateway.settings import ConfigurationError, GivenSettings, Settings
from tests.audit.forwarders import entry, running
from tests.audit.team import a_team, call
from tests.support.collector import Collector, collecting
from tests.support.identity import Signer
from tests.support.strict_gateway import strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Collector]:
    collector = Collector()
    async with collecting(collector) as served:
        monkeypatch.setenv(ENDPOINT, served.url)
        yield collector


def told(collector: Collector) -> list[object]:
    """Each by its tool or, of lost ones, by number."""
    found = [one.attributes for one in collector.records]
    return [one.get("gen_ai.tool.name") or one["notion_gateway.calls"] for one in found]


def test_an_entry_has_the_attributes_of_the_conventions_and_nothing_of_what_was_said() -> None:
    whole = Entry(
        at=1_764_000_000.25,
        user_id="ada",
        tool="notion-search",
        client="agent/1",
        status=200,
        reason="budget_exhausted",
        asked_bytes=120,
        trace_id="0af7651916cd43dd8448eb211c80319c",
        pages=("1f2e3d4c-5b6a-7988-0011-223344556677",),
        arguments='{"query":"never told"}',
        result="never told",
    )
    made = log_record("birch", whole)
    assert (made.event, made.severity) == ("notion_gateway.audit.call", INFO_2)
    assert (made.text, made.at) == ("tools/call notion-search", whole.at)
    assert made.trace_id == int(whole.trace_id, 16)
    assert made.attributes == {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "notion-search",
        "user.id": "ada",
        "user_agent.original": "agent/1",
        "http.response.status_code": 200,
        "http.request.body.size": 120,
        "error.type": "budget_exhausted",
        "notion_gateway.space.id": "birch",
        "notion_gateway.pages": ["1f2e3d4c-5b6a-7988-0011-223344556677"],
    }
    assert log_record("birch", entry(1)).severity == INFO
    assert "error.type" not in log_record("birch", entry(1)).attributes
    refused_by_notion = log_record("birch", Entry(at=1.0, status=502, outcome="answered"))
    assert refused_by_notion.attributes["error.type"] == "502"
    lost = log_record("birch", Entry(at=1.0, kind=Kind.LOST, calls=3))
    assert (lost.event, lost.severity) == ("notion_gateway.audit.lost", WARN)
    assert lost.attributes == {"notion_gateway.space.id": "birch", "notion_gateway.calls": 3}


async def test_records_arrive_in_order_many_at_a_time_and_say_whose_they_are(
    collector: Collector,
) -> None:
    forwarder = Forwarder(LogCollector())
    for number in range(500):
        forwarder.tell("birch", entry(number))
    async with running(forwarder):
        await until(lambda: len(collector.records) == 500)
    assert told(collector) == [f"tool-{number}" for number in range(500)]
    assert len(collector.bodies) == 3
    (first, *_) = collector.records
    assert (first.at, first.trace) == (1_764_000_000.5, "")
    assert first.source["service.name"] == "notion-mcp-gateway"
    assert forwarder.lost_in_all == 0


async def test_what_finds_no_room_is_counted_and_told_once_the_collector_answers(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "_FIRST_PAUSE_SECONDS", 0.01)
    collector.status = HTTPStatus.INTERNAL_SERVER_ERROR  # which the library does not try again
    forwarder = Forwarder(LogCollector(), most_waiting=3)
    async with running(forwarder):
        for number in range(8):
            forwarder.tell("birch", entry(number))
        await until(lambda: len(collector.bodies) > 1)
        assert (collector.records, forwarder.lost_in_all) == ([], 5)
        collector.status = HTTPStatus.OK
        await until(lambda: len(collector.records) == 4)
    assert told(collector) == ["tool-0", "tool-1", "tool-2", 5]


@pytest.mark.parametrize("gives_up", [True, False], ids=["guarded", "negative control"])
async def test_records_that_a_collector_never_takes_hold_up_no_others(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, gives_up: bool
) -> None:
    monkeypatch.setattr(forwarding, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(forwarding, "_LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(LogCollector, "together", 1)
    if gives_up:
        monkeypatch.setattr(LogCollector, "gives_up_seconds", 0.05)
    collector.refuses = b"tool-0"
    forwarder = Forwarder(LogCollector())
    async with running(forwarder):
        for number in range(3):
            forwarder.tell("birch", entry(number))
        if gives_up:
            await until(lambda: len(collector.records) == 3)
            assert told(collector) == ["tool-1", "tool-2", 1]
        else:
            await until(lambda: len(collector.bodies) > 20)
            assert collector.records == []
    assert forwarder.lost_in_all == (1 if gives_up else 0)


async def test_a_collector_that_does_not_answer_holds_up_no_shutdown(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "_LAST_SECONDS", 0.05)
    collector.holds = True
    forwarder = Forwarder(LogCollector())
    async with running(forwarder):
        forwarder.tell("birch", entry(1))
        await until(lambda: bool(collector.bodies))
    collector.free.set()


async def test_a_gateway_tells_of_its_calls_and_of_what_it_refuses(
    collector: Collector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    upstream: RecordingMcp,
) -> None:
    set_ = {"gateway_audit": True, "gateway_audit_opentelemetry": True}
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, **set_) as rig:
        team = await a_team(rig, signer)
        assert await team.call(team.bob, call("notion-search")) == 200
        assert await team.call(team.eve, call("notion-search")) == 403
        await until(lambda: len(collector.records) == 2)
    served, refused = (one.attributes for one in collector.records)
    assert (served["gen_ai.tool.name"], served["user.id"]) == ("notion-search", "bob")
    assert "error.type" not in served
    assert (refused["error.type"], refused["user.id"]) == ("space_not_accessible", "eve")
    assert [one.severity for one in collector.records] == [INFO, INFO_2]


def test_what_makes_no_sense_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="GATEWAY_AUDIT_OPENTELEMETRY needs GATEWAY_AUDIT=1"):
        Settings(gateway_audit_opentelemetry=True)
    settings = GivenSettings(gateway_audit=True, gateway_audit_opentelemetry=True)
    require_audit_logs(settings)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc")
    with pytest.raises(ConfigurationError, match="logs are sent as http/protobuf alone"):
        require_audit_logs(settings)
