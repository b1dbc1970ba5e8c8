"""What a caller of /mcp/notion/proxy is told when something is in the way."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.proxy.rules.sessions import SessionSeal
from notion_simulator.faults import Fault
from tests.support.asgi import answer, read_body, transport_of
from tests.support.gateway import Answer
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]


def require_error(got: Answer, status: int, reason: str, call_id: object = 1) -> dict[str, Any]:
    """A JSON-RPC error object with a reason of the closed list; never 400, 404 or 405."""
    document = got.json
    assert (got.status, document["error"]["data"]["reason"]) == (status, reason)
    assert got.headers["content-type"] == "application/json"
    assert document["jsonrpc"] == "2.0"
    assert document["id"] == call_id
    assert document["error"]["code"] == -32010
    assert document["error"]["data"]["request_id"] == got.headers["x-request-id"]
    assert "www-authenticate" not in got.headers
    return document["error"]


@pytest.mark.promise("seed:missing-tokens")
async def test_a_space_that_never_connected_is_missing_its_tokens(
    rig: Rig, upstream: RecordingMcp
) -> None:
    error = require_error(await rig.caller.call("team"), 401, "not_connected")

    assert error["message"].startswith("Missing Notion MCP tokens")
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("body", "call_id"),
    [
        (b'{"jsonrpc":"2.0","id":7,"method":"x"}', 7),
        (b'{"id":"a-b"}', "a-b"),
        (b'{"id":0}', 0),
        (b'{"id":null}', None),
        (b'{"id":true}', None),
        (b'{"id":[1]}', None),
        (b'[{"id":1}]', None),
        (b"not json", None),
        (b"", None),
    ],
)
async def test_an_error_answers_the_very_call_that_was_made(
    rig: Rig, body: bytes, call_id: object
) -> None:
    require_error(await rig.caller.call("team", body), 401, "not_connected", call_id)


async def test_a_call_that_names_no_space_is_403(rig: Rig) -> None:
    require_error(
        await rig.caller.send("POST", "/mcp/notion/proxy", data=b'{"id":1}'), 403, "space_required"
    )


@pytest.mark.parametrize("status", [429, 529])
async def test_a_notion_that_is_busy_is_passed_on_as_it_says_it(
    connected: Rig, upstream: RecordingMcp, status: int
) -> None:
    upstream.status = status
    upstream.headers = (*upstream.headers, (b"retry-after", b"40"))

    answer = await connected.caller.call("team")

    assert (answer.status, answer.headers["retry-after"]) == (status, "40")
    assert len(upstream.seen) == 1


@pytest.mark.parametrize(
    "fault", [{"kind": "overload"}, {"kind": "status", "status": 429, "headers": {}}]
)
async def test_a_token_endpoint_that_is_busy_ends_no_grant(
    connected: Rig, fault: dict[str, Any]
) -> None:
    connected.let_token_expire()
    connected.notion.simulator.faults.add(Fault(target="token", **fault))

    error = require_error(await connected.caller.call("team"), 503, "refresh_unavailable")

    assert error["data"]["retry_after_seconds"] >= 1
    assert (await connected.caller.status("team"))["status"] == "connected"


@pytest.mark.promise("seed:invalid-grant")
async def test_a_refused_grant_is_recorded_once_and_asks_to_reconnect(
    connected: Rig, upstream: RecordingMcp
) -> None:
    connected.let_token_expire()
    connected.notion.simulator.oauth.revoke_all("by a person")
    for _ in range(3):
        require_error(await connected.caller.call("team"), 401, "reconnect_required")

    types = await connected.caller.event_types("team")
    assert types == ["Authorized", "TokenRefreshStarted", "AuthorizationFailed"]
    status = await connected.caller.status("team")
    assert (status["status"], status["has_mcp_token"]) == ("reconnect_required", False)
    assert status["last_failure"]["error"] == "invalid_grant"
    assert len(connected.notion.wire.refreshes()) == 1
    assert connected.sql("SELECT * FROM secrets") == []
    assert upstream.seen == []


@pytest.mark.promise("seed:invalid-grant", "seed:consent-again")
async def test_reconnecting_after_a_refusal_makes_calls_work_again(connected: Rig) -> None:
    connected.let_token_expire()
    connected.notion.simulator.oauth.revoke_all("by a person")
    await connected.caller.call("team")
    await connected.caller.connect("team")

    assert (await connected.caller.call("team")).status == 200
    assert (await connected.caller.event_types("team"))[-1] == "TokenRefreshed"


@pytest.mark.promise("seed:no-500")
async def test_a_stale_token_whose_refresh_fails_is_503_and_says_when_to_try_again(
    connected: Rig,
) -> None:
    connected.let_token_expire()
    connected.notion.wire.instead["/token"] = answer(500, b"oh no")
    refused = await connected.caller.call("team")

    error = require_error(refused, 503, "refresh_unavailable")
    assert error["data"]["retry_after_seconds"] == int(refused.headers["retry-after"]) >= 1
    assert (await connected.caller.status("team"))["status"] == "connected"


async def test_a_notion_that_is_gone_is_502(connected: Rig) -> None:
    connected.notion.served.server.stop()
    await asyncio.sleep(0)

    require_error(await connected.caller.call("team"), 502, "upstream_unreachable")


@pytest.mark.parametrize(
    "garbage", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
async def test_a_notion_that_speaks_no_http_is_502_and_is_asked_once(
    connected: Rig, garbage: bytes
) -> None:
    async def speak(scope: Scope, receive: Receive, _: Send) -> None:
        await read_body(receive)
        transport_of(scope).write(garbage)
        transport_of(scope).close()
        await receive()

    connected.notion.wire.instead["/mcp"] = speak
    before = connected.notion.wire.requests.count("POST /mcp")
    require_error(await connected.caller.call("team"), 502, "upstream_unreachable")

    assert connected.notion.wire.requests.count("POST /mcp") == before + 1


async def test_a_notion_that_does_not_answer_is_504_and_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mcp = WatchedMcp(holds_headers=True)
    async with a_rig(tmp_path, monkeypatch, mcp=mcp, notion_mcp_call_timeout_seconds=0.2) as rig:
        await rig.caller.connect("team")
        while not mcp.opened:  # on a busy machine the time is up before the call has got there
            require_error(await rig.caller.call("team"), 504, "upstream_timeout")
        await until(lambda: mcp.left == mcp.opened)


async def test_a_token_that_notion_refuses_for_good_is_replaced_once_and_reported(
    connected: Rig,
) -> None:
    challenge = (b"www-authenticate", b"Bearer resource_metadata=x")
    connected.notion.wire.instead["/mcp"] = answer(401, b"{}", [challenge])
    for _ in range(3):
        require_error(await connected.caller.call("team"), 502, "upstream_unauthorized")

    assert len(connected.notion.wire.refreshes()) == 1
    assert connected.notion.wire.requests.count("POST /mcp") == 4


async def test_a_403_of_notion_is_the_callers_and_changes_nothing(
    connected: Rig, upstream: RecordingMcp
) -> None:
    upstream.status = 403
    connected.clock.skip(60)
    got = await connected.caller.call("team")

    assert got.status == 403
    assert connected.notion.wire.refreshes() == []
    assert len(upstream.seen) == 1


async def test_a_database_that_broke_is_503_not_500(rig: Rig) -> None:
    for file in rig.data_dir.glob("gateway.sqlite3*"):
        file.write_bytes(b"not a database " * 10_000)

    got = await rig.caller.call("team")
    require_error(got, 503, "store_unavailable", call_id=None)  # before the body was read


async def test_a_cached_token_needs_no_database(connected: Rig) -> None:
    await connected.caller.call("team")
    for file in connected.data_dir.glob("gateway.sqlite3*"):
        file.write_bytes(b"not a database " * 10_000)

    assert (await connected.caller.call("team")).status == 200


async def test_a_secret_that_does_not_open_is_a_json_rpc_error_that_names_no_more(
    connected: Rig,
) -> None:
    connected.sql("UPDATE secrets SET ciphertext = x'00' WHERE field = 'access_token'")

    error = require_error(await connected.caller.call("team"), 500, "secret_unreadable")
    assert json.dumps(error).count("ciphertext") == 0


async def test_a_damaged_history_is_named_and_costs_no_other_space(connected: Rig) -> None:
    damaged = '{"type": "NotionIntegrationAuthorized"}'
    connected.sql(f"UPDATE events SET data = '{damaged}'")  # noqa: S608 - a constant

    require_error(await connected.caller.call("team"), 500, "history_unreadable")
    assert (await connected.caller.connect("other")).result["status"] == "success"
    assert (await connected.caller.call("other")).status == 200


async def test_a_fault_that_nobody_foresaw_is_a_json_rpc_error_too(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SessionSeal, "incoming", crash)

    require_error(await connected.caller.call("team"), 500, "internal")
