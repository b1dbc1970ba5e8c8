"""A caller's trace goes on through the gateway to Notion, told to a collector that is a server."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from notion_gateway.settings import CALLBACK_PATH
from tests.proxy.callbacks import state
from tests.support.asgi import Held, answer, read_body, transport_of
from tests.support.collector import Collector, collecting, sent_to
from tests.support.gateway import CALL
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAID = f"00-{TRACE}-{PARENT}-01"
SEARCH = {"Mcp-Method": "tools/call", "Mcp-Name": "notion-search"}


@dataclass(frozen=True, slots=True)
class Traced:
    rig: Rig
    mcp: RecordingMcp
    collector: Collector


@asynccontextmanager
async def traced(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mcp: ASGIApp | None = None, **settings: Any
) -> AsyncGenerator[Traced]:
    collector = Collector()
    recording = RecordingMcp()
    async with collecting(collector) as served:
        for name, value in sent_to(served.url).items():
            monkeypatch.setenv(name, value)
        async with a_rig(
            folder, monkeypatch, mcp=mcp or recording, gateway_traces=True, **settings
        ) as rig:
            assert (await rig.caller.connect("team")).result["status"] == "success"
            yield Traced(rig, recording, collector)


def sent_on(mcp: RecordingMcp, name: bytes = b"traceparent") -> list[bytes]:
    return mcp.last.values(name)


@pytest.mark.parametrize("times", [1, 2], ids=["in a coroutine", "in callbacks"])
async def test_one_trace_goes_from_the_caller_through_the_gateway_to_notion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    headers = {"traceparent": SAID, "tracestate": "rojo=1, congo=t61rcWkgMzE", **SEARCH}
    async with traced(tmp_path, monkeypatch) as place:
        for _ in range(times - 1):
            assert (await place.rig.caller.call("team", headers=SEARCH)).status == 200
        await place.rig.caller.call("team", headers={**headers, "X-Request-ID": "call-of-ada"})
        await place.collector.when(lambda spans: any(one.parent == PARENT for one in spans))
        spans = [one for one in place.collector.spans if one.trace == TRACE]

    server, client = sorted(spans, key=lambda one: one.kind, reverse=True)
    assert (server.kind, client.kind) == ("server", "client")
    assert server.name == client.name == "tools/call notion-search"
    assert (server.parent, client.parent) == (PARENT, server.id)
    assert sent_on(place.mcp) == [f"00-{TRACE}-{client.id}-01".encode()]
    assert sent_on(place.mcp, b"tracestate") == [b"rojo=1,congo=t61rcWkgMzE"]
    assert server.state == client.state == "rojo=1,congo=t61rcWkgMzE"
    assert place.mcp.last.body == CALL
    assert server.began <= client.began <= client.ended == server.ended
    assert server.attributes == {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "notion-search",
        "http.request.method": "POST",
        "http.route": "/mcp/notion/proxy",
        "http.response.status_code": 200,
        "notion_gateway.request.id": "call-of-ada",
        "notion_gateway.outcome": "answered",
    }
    assert client.attributes == {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "notion-search",
        "http.response.status_code": 200,
        "network.transport": "tcp",
        "server.address": "127.0.0.1",
        "server.port": place.rig.notion.served.port,
    }
    assert not server.failed
    assert server.source["service.name"] == "notion-mcp-gateway"


@pytest.mark.parametrize("times", [1, 2], ids=["in a coroutine", "in callbacks"])
async def test_a_trace_that_stands_in_the_body_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """SEP-414. The body goes on as it is, and a header counts more."""
    body = with_meta(traceparent=SAID, tracestate="rojo=1")
    other = "a" * 32
    async with traced(tmp_path, monkeypatch) as place:
        call = place.rig.caller.call
        for _ in range(times - 1):
            assert (await call("team")).status == 200
        await call("team", body)
        by_body, seen = sent_on(place.mcp), place.mcp.last
        await call("team", body, headers={"traceparent": f"00-{other}-{PARENT}-01"})
        by_header = sent_on(place.mcp)
        await call("team", body, headers={"traceparent": "nonsense"})
        by_body_again = sent_on(place.mcp)
        await place.collector.when(lambda spans: [one.trace for one in spans].count(TRACE) == 4)
        below = [one for one in place.collector.of("server") if one.parent == PARENT]

    assert seen.body == body
    assert seen.values(b"tracestate") == [b"rojo=1"]
    assert sorted(one.trace for one in below) == sorted([TRACE, TRACE, other])
    assert [one[0][3:35].decode() for one in (by_body, by_header, by_body_again)] == [
        TRACE,
        other,
        TRACE,
    ]


async def test_a_call_that_names_no_trace_begins_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An argument that only looks as if it did names none."""
    argument = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":'
    argument += b'{"_meta":{"traceparent":"%b"}}}}' % SAID.encode()
    async with traced(tmp_path, monkeypatch) as place:
        sent: list[str] = []
        for data in (CALL, CALL, argument, b"[%b]" % with_meta(traceparent=SAID)):
            assert (await place.rig.caller.call("team", data)).status == 200
            assert place.mcp.last.body == data
            sent.append(sent_on(place.mcp)[0].decode()[3:35])
        await place.collector.when(lambda _: len(place.collector.of("client")) == 4)
        servers = [one for one in place.collector.of("server") if one.name.startswith("POST /mcp")]

    assert len({*sent, TRACE}) == 5
    assert sorted(one.trace for one in servers) == sorted(sent)
    assert {one.parent for one in servers} == {""}
    assert {one.name for one in servers} == {"POST /mcp/notion/proxy"}


async def test_a_trace_that_is_not_sampled_goes_on_and_no_span_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with traced(tmp_path, monkeypatch) as place:
        for flags in ("00", "00", "01"):
            said = {"traceparent": f"00-{TRACE}-{PARENT}-{flags}"}
            assert (await place.rig.caller.call("team", headers=said)).status == 200
            on = sent_on(place.mcp)[0].decode()
            assert re.fullmatch(f"00-{TRACE}-(?!{PARENT})[0-9a-f]{{16}}-{flags}", on)
        await place.collector.when(lambda spans: any(one.trace == TRACE for one in spans))

    assert len([one for one in place.collector.spans if one.trace == TRACE]) == 2


async def test_a_call_that_fails_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went to Notion has a span of its own, also where no answer came."""
    async with traced(tmp_path, monkeypatch) as place:
        call, wire = place.rig.caller.call, place.rig.notion.wire
        said = [{"traceparent": f"00-{number:032x}-{PARENT}-01"} for number in range(1, 5)]
        assert (await call("elsewhere", headers=said[0])).reason == "not_connected"
        place.mcp.status = 503
        assert (await call("team", headers=said[1])).status == 503
        for one in said[2:]:  # the first in a coroutine, perhaps; the second in callbacks
            wire.instead["/mcp"] = garbled
            assert (await call("team", headers=one)).reason == "upstream_unreachable"
        await place.collector.when(lambda _: len(place.collector.of("client")) == 3)
        found = {
            number: [one for one in place.collector.spans if one.trace == f"{number:032x}"]
            for number in range(1, 5)
        }

    kinds = {number: sorted(one.kind for one in spans) for number, spans in found.items()}
    assert kinds == {1: ["server"], 2: BOTH, 3: BOTH, 4: BOTH}
    errors = {number: {one.attributes["error.type"] for one in of} for number, of in found.items()}
    unreachable = {"upstream_unreachable"}
    assert errors == {1: {"not_connected"}, 2: {"503"}, 3: unreachable, 4: unreachable}
    assert all(one.failed for of in found.values() for one in of)


async def test_a_renewal_is_a_trace_of_its_own_linked_with_the_calls_that_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with traced(tmp_path, monkeypatch) as place:
        rig, numbers = place.rig, range(1, 4)
        rig.let_token_expire()
        held = Held(rig.notion.wire.simulated)
        rig.notion.wire.instead["/token"] = held
        said = [
            f"00-{number:032x}-{PARENT}-{flags}"
            for number, flags in zip(numbers, FLAGS, strict=True)
        ]
        tokens = access_tokens_of(rig)
        async with asyncio.TaskGroup() as group:
            for one in said:
                group.create_task(rig.caller.call("team", headers={"traceparent": one}))
            await until(lambda: len(tokens._waiting.get("team", ())) == 3)
            await held.arrived.wait()
            held.release()
        await place.collector.when(
            lambda spans: (
                sum(int(one.trace, 16) in numbers for one in spans) == 4
                and any(place.collector.of("internal", "renew token"))
            )
        )
        (renewal,) = place.collector.of("internal", "renew token")
        calls = {
            (one.trace, one.id) for one in place.collector.of("server") if one.parent == PARENT
        }

    assert set(renewal.links) == calls
    assert len(calls) == 2
    assert renewal.parent == ""
    assert int(renewal.trace, 16) not in numbers
    assert renewal.attributes == {
        "notion_gateway.renewal": "due",
        "notion_gateway.outcome": "renewed",
    }
    assert tokens._waiting == {}


async def test_a_renewal_that_brings_no_token_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with traced(tmp_path, monkeypatch) as place:
        place.rig.let_token_expire()
        place.rig.notion.wire.instead["/token"] = answer(500)
        assert (await place.rig.caller.call("team")).reason == "refresh_unavailable"
        place.rig.clock.skip(60)
        refusal = json.dumps({"error": "invalid_grant"}).encode()
        place.rig.notion.wire.instead["/token"] = answer(400, refusal)
        assert (await place.rig.caller.call("team")).reason == "reconnect_required"
        await place.collector.when(
            lambda _: len(place.collector.of("internal", "renew token")) == 2
        )
        renewals = place.collector.of("internal", "renew token")

    errors = [one.attributes["error.type"] for one in renewals]
    assert errors == ["refresh_unavailable", "reconnect_required"]
    assert all(one.failed for one in renewals)


async def test_a_connect_and_a_disconnect_are_below_their_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with traced(tmp_path, monkeypatch) as place:
        back = await place.rig.caller.consent("other")
        place.rig.notion.wire.instead["/token"] = answer(400, b'{"error": "invalid_grant"}')
        failed = await place.rig.caller.get(back, user=None)
        assert failed.result["error"] == "code_refused"
        place.rig.notion.wire.instead.clear()
        await place.rig.caller.disconnect("team")
        await place.collector.when(lambda _: len(place.collector.of("internal")) == 3)
        inner = place.collector.of("internal")
        await place.collector.when(
            lambda spans: {one.parent for one in inner} <= {one.id for one in spans}
        )
        below = {one.id: one for one in place.collector.of("server")}

    said = [(one.name, below[one.parent].name, one.attributes) for one in inner]
    callback = f"GET {CALLBACK_PATH}"
    assert said == [
        ("connect", callback, {}),
        ("connect", callback, {"error.type": "code_refused"}),
        (
            "disconnect",
            "DELETE /integrations/notion/{space_id}",
            {"notion_gateway.revoked": "true"},
        ),
    ]
    assert all(one.trace == below[one.parent].trace for one in inner)


async def test_without_traces_the_callers_header_goes_to_notion_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, and the default."""
    mcp = RecordingMcp()
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        for said in (SAID, "nonsense", SAID):
            await rig.caller.call("team", headers={"traceparent": said, "tracestate": "a=b"})
            assert sent_on(mcp) == [said.encode()]
            assert sent_on(mcp, b"tracestate") == [b"a=b"]
        await rig.caller.call("team")
        assert sent_on(mcp) == []


BOTH = ["client", "server"]
FLAGS = ("01", "00", "01")


def access_tokens_of(rig: Rig) -> Any:
    return state(rig)["integrations"].access_tokens


def with_meta(**meta: str) -> bytes:
    document = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": meta}}
    return json.dumps(document, indent=1).encode()


async def garbled(scope: Scope, receive: Receive, _: Send) -> None:
    await read_body(receive)
    transport_of(scope).close()
    await receive()
