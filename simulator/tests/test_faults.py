"""Ordered faults, seen from a socket."""

import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
import pytest

from support.caller import Caller, Connection

pytestmark = pytest.mark.anyio


async def raw_refresh(caller: Caller, connection: Connection) -> bytes:
    """Refreshes by hand and returns every byte the server sent before it closed."""
    body = urlencode(
        {
            "grant_type": "refresh_token",
            "client_id": connection.client_id,
            "refresh_token": connection.refresh_token,
        }
    )
    request = (
        "POST /token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    port = urlsplit(caller.url).port
    assert port is not None
    received = bytearray()
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(request.encode())
        with anyio.fail_after(5):
            try:
                async for chunk in stream:
                    received += chunk
            except anyio.BrokenResourceError:
                pass
    return bytes(received)


async def refreshes(caller: Caller) -> int:
    (grant,) = (await caller.counters())["grants"]
    return grant["refreshes"]


async def test_drop_before_closes_without_a_byte_and_without_a_rotation(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.fault(target="token", kind="drop_before")
    assert await raw_refresh(caller, connection) == b""
    assert await refreshes(caller) == 0
    assert (await caller.refresh(connection.client_id, connection.refresh_token)).status == 200


@pytest.mark.parametrize("target", ["token", "mcp"])
async def test_an_overloaded_service_says_529_and_changes_nothing(
    caller: Caller, target: str
) -> None:
    connection = await caller.connect()
    await caller.fault(target=target, kind="overload")
    if target == "token":
        answer = await caller.refresh(connection.client_id, connection.refresh_token)
    else:
        bearer = {"Authorization": f"Bearer {connection.access_token}"}
        answer = await caller.post("/mcp", json={}, headers=bearer)
    assert (answer.status, answer.json["code"]) == (529, "service_overload")
    assert answer.headers["Retry-After"] == "10"
    assert await refreshes(caller) == 0


async def test_drop_after_closes_without_a_byte_after_the_rotation(caller: Caller) -> None:
    await caller.settings(rotation="strict")
    connection = await caller.connect()
    await caller.fault(target="token", kind="drop_after")
    assert await raw_refresh(caller, connection) == b""
    assert await refreshes(caller) == 1
    replay = await caller.refresh(connection.client_id, connection.refresh_token)
    assert replay.json["error_description"] == "OAuth grant revoked"


@pytest.mark.parametrize("at_byte", [0, 1, 17, 100])
async def test_cut_sends_exactly_so_many_bytes_of_the_body(caller: Caller, at_byte: int) -> None:
    connection = await caller.connect()
    await caller.fault(target="token", kind="cut", at_byte=at_byte)
    head, _, body = (await raw_refresh(caller, connection)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == at_byte
    assert await refreshes(caller) == 1


async def test_garbage_is_a_200_that_is_not_json_and_the_rotation_happened(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.fault(target="token", kind="garbage")
    answer = await caller.http.post(
        f"{caller.url}/token",
        data={
            "grant_type": "refresh_token",
            "client_id": connection.client_id,
            "refresh_token": connection.refresh_token,
        },
    )
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(await answer.text())
    assert await refreshes(caller) == 1


async def test_status_answers_as_told_and_nothing_happens(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.fault(
        target="token", kind="status", status=503, headers={"Retry-After": "7"}, body="<html>"
    )
    answer = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (answer.status, answer.text, answer.headers["Retry-After"]) == (503, "<html>", "7")
    assert await refreshes(caller) == 0
    assert (await caller.counters())["token_requests"].get("refresh_token") is None


async def test_replace_body_tells_something_else_than_what_happened(caller: Caller) -> None:
    connection = await caller.connect()
    body = json.dumps({"error": "invalid_grant"})
    await caller.fault(target="token", kind="replace_body", body=body, status=400)
    answer = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (answer.status, answer.json) == (400, {"error": "invalid_grant"})
    assert await refreshes(caller) == 1


async def test_patch_body_changes_members_of_the_true_answer(caller: Caller) -> None:
    connection = await caller.connect()
    patch = json.dumps({"expires_in": "soon", "scope": None})
    await caller.fault(target="token", kind="patch_body", body=patch)
    renewed = (await caller.refresh(connection.client_id, connection.refresh_token)).json
    assert renewed["expires_in"] == "soon"
    assert "scope" not in renewed
    assert await caller.is_valid(renewed["access_token"])


async def test_an_endless_answer_ends_when_the_client_leaves(caller: Caller) -> None:
    await caller.fault(target="metadata", kind="endless")
    url = f"{caller.url}/.well-known/oauth-authorization-server"
    response = await caller.http.get(url)
    received = 0
    async for chunk in response.content.iter_chunked(65_536):
        received += len(chunk)
        if received > 1_048_576:
            break
    response.close()
    assert (await caller.get("/.well-known/oauth-authorization-server")).json["issuer"]


@pytest.mark.parametrize("kind", ["delay", "delay_after"])
async def test_a_delayed_answer_is_whole(caller: Caller, kind: str) -> None:
    connection = await caller.connect()
    await caller.fault(target="token", kind=kind, delay_seconds=0.05)
    began = time.monotonic()
    answer = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (answer.status, time.monotonic() - began >= 0.05) == (200, True)


async def test_delay_after_has_rotated_while_the_caller_still_waits(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.fault(target="token", kind="delay_after", delay_seconds=30)
    async with anyio.create_task_group() as group:
        group.start_soon(raw_refresh, caller, connection)
        await caller.wait("token_requests.refresh_token.ok", at_least=1)
        assert await refreshes(caller) == 1
        group.cancel_scope.cancel()


async def test_a_fault_is_used_up_after_its_times(caller: Caller) -> None:
    await caller.fault(target="metadata", kind="status", status=500, times=2)
    path = "/.well-known/oauth-authorization-server"
    statuses = [(await caller.get(path)).status for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert (await caller.counters())["faults"] == {"metadata/status": 2}


async def test_a_fault_without_times_lasts_until_it_is_deleted(caller: Caller) -> None:
    await caller.fault(target="register", kind="status", status=500, times=None)
    for _ in range(3):
        assert (await caller.post("/register", json={})).status == 500
    await caller.send("DELETE", "/_simulator/faults")
    await caller.register()


async def test_faults_are_taken_in_the_order_they_were_given(caller: Caller) -> None:
    for status in (500, 429):
        await caller.fault(target="metadata", kind="status", status=status)
    path = "/.well-known/oauth-protected-resource"
    assert [(await caller.get(path)).status for _ in range(3)] == [500, 429, 200]


async def test_a_fault_may_be_for_refreshes_only(caller: Caller) -> None:
    await caller.fault(
        target="token", kind="status", status=503, grant_type="refresh_token", times=1
    )
    connection = await caller.connect()
    assert (await caller.refresh(connection.client_id, connection.refresh_token)).status == 503


async def test_a_fault_on_revocation_leaves_refreshing_alone(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.fault(target="revoke", kind="status", status=500)
    renewed = await caller.refresh(connection.client_id, connection.refresh_token)
    assert renewed.status == 200
    form = {"token": connection.refresh_token, "client_id": connection.client_id}
    assert (await caller.token(form)).status == 500


async def test_a_fault_may_be_for_one_tool(caller: Caller) -> None:
    await caller.fault(target="mcp", kind="status", status=502, tool="notion-search")
    connection = await caller.connect()

    def call(name: str, **arguments: str) -> dict[str, Any]:
        params = {"name": name, "arguments": arguments}
        return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}

    await caller.settings(session_ids=False)
    fetched = await caller.rpc(connection.access_token, call("notion-fetch", id="self"))
    assert fetched.status == 200
    found = await caller.rpc(connection.access_token, call("notion-search", query="x"))
    assert found.status == 502
    assert (await caller.counters())["tool_calls"] == {"notion-fetch": 1}


async def test_a_stream_can_be_cut_in_the_middle(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.settings(session_ids=False)
    await caller.fault(target="mcp", kind="cut", at_byte=40, rpc_method="tools/list")
    with pytest.raises(Exception, match="payload is not completed"):
        await caller.rpc(
            connection.access_token, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        )
    assert (await caller.wait("mcp.open", equals=0))["mcp"]["open"] == 0


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"target": "nothing", "kind": "status", "status": 500}, "target"),
        ({"target": "token", "kind": "status"}, None),
        ({"target": "token", "kind": "cut"}, None),
        ({"target": "token", "kind": "patch_body", "body": "[]"}, None),
        ({"target": "token", "kind": "patch_body", "body": "{"}, None),
        ({"target": "token", "kind": "drop_after", "times": 0}, "times"),
        ({"target": "token", "kind": "drop_after", "what": 1}, "what"),
    ],
)
async def test_an_impossible_fault_is_refused_with_the_field_at_fault(
    caller: Caller, fault: dict[str, object], field: str | None
) -> None:
    answer = await caller.post("/_simulator/faults", json=fault)
    assert answer.status == 400
    assert answer.json["detail"][0]["field"] == field
