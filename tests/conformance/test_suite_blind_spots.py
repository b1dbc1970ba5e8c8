"""What the suite does not see: a cancel, a resumption, the version header as it was written.

That refresh tokens rotate it does not see either: ``tests/integration/test_refresh.py`` and
``tests/acceptance/test_single_refresh.py`` do.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conformance.serving_sides import BehindGateway, serving_behind_gateway
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

_ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
_ABOUT = {"name": "conformance", "version": "1"}
_CANCEL_SECONDS = 1.0
"""What a cancel must reach upstream within."""


def modern(method: str, **params: Any) -> tuple[Mapping[str, str], bytes]:
    """Headers and body of a call of 2026-07-28."""
    version = "2026-07-28"
    meta = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": _ABOUT,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {**_ACCEPT, "mcp-protocol-version": version, "mcp-method": method}
    if "name" in params:
        headers["mcp-name"] = params["name"]
    call = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": meta}}
    return headers, json.dumps(call).encode()


def classic(method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()


@asynccontextmanager
async def a_client() -> AsyncGenerator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        yield http


async def events(answer: aiohttp.ClientResponse) -> AsyncGenerator[Mapping[str, str]]:
    """The fields of each server-sent event, as far as this server writes them."""
    fields: dict[str, str] = {}
    async for line in answer.content:
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name:
            fields[name.rstrip(":")] = value
        elif fields:
            yield fields
            fields = {}


# --- cancelling ---------------------------------------------------------------------------


@pytest.mark.parametrize("holds_headers", [True, False], ids=["before headers", "in mid-stream"])
async def test_in_2026_07_28_leaving_a_call_cancels_it_upstream(
    holds_headers: bool, tmp_path: Path
) -> None:
    upstream = WatchedMcp(forever(), holds_headers=holds_headers)
    headers, body = modern("tools/call", name="slow", arguments={})
    async with serving_behind_gateway(tmp_path, upstream) as behind, a_client() as http:
        call = asyncio.create_task(_read(http, behind, headers, body))
        await until(lambda: upstream.opened == 1)
        assert _cancelled(behind) == 0
        call.cancel()
        await until(lambda: _cancelled(behind) == 1, _CANCEL_SECONDS)
        await asyncio.gather(call, return_exceptions=True)


async def test_leaving_a_subscription_ends_it_at_the_reference_server(tmp_path: Path) -> None:
    headers, body = modern("subscriptions/listen", notifications={"toolsListChanged": True})
    async with serving_behind_gateway(tmp_path) as behind, a_client() as http:
        async with http.post(behind.url, headers=headers, data=body) as answer:
            first = await anext(events(answer))
            assert "subscriptions/acknowledged" in first["data"]
            assert _cancelled(behind) == 0
        await until(lambda: _cancelled(behind) == 1, _CANCEL_SECONDS)


def _cancelled(behind: BehindGateway) -> int:
    """Calls that the simulator, in front of its MCP server, saw broken off by their caller."""
    return behind.notion.simulator.counters.exchanges["cancelled"]


async def _read(
    http: aiohttp.ClientSession, behind: BehindGateway, headers: Mapping[str, str], body: bytes
) -> None:
    async with http.post(behind.url, headers=headers, data=body) as answer:
        await answer.read()


# --- resuming -----------------------------------------------------------------------------


async def test_a_stream_that_ended_in_mid_call_is_taken_up_again(tmp_path: Path) -> None:
    async with serving_behind_gateway(tmp_path) as behind, a_client() as http:
        session = await _initialize(http, behind)
        body = classic("tools/call", name="test_reconnection", arguments={})
        async with http.post(behind.url, headers=session, data=body) as answer:
            seen = [event async for event in events(answer)]
        assert not any("result" in event.get("data", "") for event in seen)

        last = {**session, "last-event-id": seen[-1]["id"]}
        async with http.get(behind.url, headers=last) as answer:
            assert answer.status == 200
            async for event in events(answer):  # the stream stays open for more
                if "Answered after the stream was taken up again." in event.get("data", ""):
                    break
            else:
                pytest.fail("the answer never came")


async def test_last_event_id_and_session_pass_as_they_were_written(tmp_path: Path) -> None:
    upstream = RecordingMcp(headers=((b"mcp-session-id", b"AbC~!.0042"),))
    written = {"last-event-id": "Stream/7:0042 =?x"}
    async with serving_behind_gateway(tmp_path, upstream) as behind, a_client() as http:
        async with http.post(behind.url, headers=_ACCEPT, data=b"{}") as answer:
            session = {"mcp-session-id": answer.headers["mcp-session-id"]}
        async with http.get(behind.url, headers={**_ACCEPT, **written, **session}) as answer:
            assert answer.status == 200
    assert upstream.last.method == "GET"
    assert upstream.last.values(b"mcp-session-id") == [b"AbC~!.0042"]
    for name, value in written.items():
        assert upstream.last.values(name.encode()) == [value.encode()]


async def _initialize(http: aiohttp.ClientSession, behind: BehindGateway) -> Mapping[str, str]:
    """The headers of a session that is ready for calls."""
    version = "2025-11-25"
    hello = classic("initialize", protocolVersion=version, capabilities={}, clientInfo=_ABOUT)
    async with http.post(behind.url, headers=_ACCEPT, data=hello) as answer:
        assert answer.status == 200
        session = answer.headers["mcp-session-id"]
        await answer.read()
    headers = {**_ACCEPT, "mcp-session-id": session, "mcp-protocol-version": version}
    ready = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
    async with http.post(behind.url, headers=headers, data=ready) as answer:
        assert answer.status == 202
    return headers


# --- the version header -------------------------------------------------------------------


@pytest.mark.parametrize(
    "version", ["2025-06-18", "2025-11-25", "2026-07-28", "DRAFT-2027-v1", "2999-12-31; q=0.5"]
)
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_the_version_header_passes_byte_by_byte(
    version: str, method: str, tmp_path: Path
) -> None:
    upstream = RecordingMcp()
    headers = {**_ACCEPT, "MCP-Protocol-Version": version}
    body = classic("ping") if method == "POST" else None
    async with (
        serving_behind_gateway(tmp_path, upstream) as behind,
        a_client() as http,
        http.request(method, behind.url, headers=headers, data=body) as answer,
    ):
        assert answer.status == 200
    assert upstream.last.values(b"mcp-protocol-version") == [version.encode()]


async def test_an_absent_version_header_stays_absent(tmp_path: Path) -> None:
    upstream = RecordingMcp()
    async with (
        serving_behind_gateway(tmp_path, upstream) as behind,
        a_client() as http,
        http.post(behind.url, headers=_ACCEPT, data=classic("ping")) as answer,
    ):
        assert answer.status == 200
    assert b"mcp-protocol-version" not in upstream.last.names
