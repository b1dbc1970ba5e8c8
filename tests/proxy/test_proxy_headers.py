"""Which headers travel through /mcp/notion/proxy, and which never do."""

from pathlib import Path

import pytest

from tests.support.raw import connection, request
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

PASSING = {
    "Accept": "application/json, text/event-stream",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "a-client/1.0",
    "MCP-Protocol-Version": "2026-07-28",
    "Last-Event-ID": "stream/41",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "notion-search",
    "Mcp-Param-Region": "eu-central-1",
    "Mcp-Param-Made-Up": "=?base64?w6k=?=",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=1,b=2",
    "baggage": "k=v",
    "X-Of-Tomorrow": "yes",
}
KEPT_BACK = {
    "Cookie": "session=1",
    "Referer": "https://app.example/",
    "X-Forwarded-For": "10.0.0.1",
    "X-Forwarded-Host": "internal.example",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "10.0.0.1",
    "Forwarded": "for=10.0.0.1",
    "Notion-Version": "2022-06-28",
    "TE": "trailers",
    "Trailer": "X-Checksum",
    "Keep-Alive": "timeout=5",
    "Proxy-Authorization": "Basic eDp5",
    "Proxy-Connection": "keep-alive",
}


async def test_everything_a_client_may_say_to_the_server_passes(
    connected: Rig, upstream: RecordingMcp
) -> None:
    await connected.caller.call("team", headers=PASSING)

    for name, value in PASSING.items():
        assert upstream.last.values(name.lower().encode()) == [value.encode()], name


async def test_what_speaks_about_the_caller_stays_here(
    connected: Rig, upstream: RecordingMcp
) -> None:
    headers = {**KEPT_BACK, "Origin": "http://localhost:3000"}
    await connected.caller.call("team", headers=headers)

    names = {name.lower().encode() for name in headers}
    assert upstream.last.names.isdisjoint(names | {b"x-user-id", b"x-space-id"})


@pytest.mark.promise("seed:proxy")
async def test_the_token_takes_the_place_of_the_callers_own_authorization(
    connected: Rig, upstream: RecordingMcp
) -> None:
    space = (await connected.caller.send("POST", "/spaces", json={"name": "Team"})).json
    tokens = f"/spaces/{space['space_id']}/tokens"
    own = (await connected.caller.send("POST", tokens, json={"name": "own"})).json["token"]
    await connected.caller.connect(space["space_id"])
    headers = {"Authorization": f"Bearer {own}"}
    await connected.caller.call(space["space_id"], headers=headers, user=None)

    (sent,) = upstream.last.values(b"authorization")
    scheme, _, token = sent.decode().partition(" ")
    assert scheme == "Bearer"
    assert token in connected.notion.wire.secrets
    assert own.encode() not in repr(upstream.last).encode()


async def test_no_header_is_made_up_on_the_way(connected: Rig, upstream: RecordingMcp) -> None:
    async with connection(connected.gateway.port) as raw:
        await raw.send(request(body=b"{}"))
        await raw.head()

    assert upstream.last.names == {b"host", b"authorization", b"content-length"}
    assert upstream.last.values(b"host") == [connected.notion.url.removeprefix("http://").encode()]


async def test_doubled_headers_stay_doubled_and_in_order(
    connected: Rig, upstream: RecordingMcp
) -> None:
    doubled = ("Mcp-Param-A: 2", "X-B: x", "Mcp-Param-A: 1", "mcp-param-a: 3")
    async with connection(connected.gateway.port) as raw:
        await raw.send(request(*doubled))
        await raw.head()

    assert upstream.last.values(b"mcp-param-a") == [b"2", b"1", b"3"]


async def test_a_header_that_connection_names_goes_no_further(
    connected: Rig, upstream: RecordingMcp
) -> None:
    async with connection(connected.gateway.port) as raw:
        named = "Connection: keep-alive, X-Hop, mcp-param-hop"
        await raw.send(request(named, "X-Hop: 1", "Mcp-Param-Hop: 1", "X-Kept: 1"))
        await raw.head()

    assert upstream.last.names.isdisjoint({b"x-hop", b"mcp-param-hop"})
    assert upstream.last.values(b"x-kept") == [b"1"]


@pytest.mark.parametrize("name", ["Authorization", "Content-Length", "Host", "X-User-ID"])
async def test_connection_cannot_name_away_what_the_gateway_says(
    connected: Rig, upstream: RecordingMcp, name: str
) -> None:
    async with connection(connected.gateway.port) as raw:
        await raw.send(request(f"Connection: {name}", body=b"{}"))
        status, _ = await raw.head()

    assert status == 200
    assert {b"authorization", b"content-length", b"host"} <= upstream.last.names
    assert upstream.last.body == b"{}"


async def test_a_header_in_utf_8_stays_the_bytes_it_was(
    connected: Rig, upstream: RecordingMcp
) -> None:
    value = "Überblick ☂"
    async with connection(connected.gateway.port) as raw:
        await raw.send(request("Mcp-Name: " + value.encode().decode("latin-1")))
        status, _ = await raw.head()

    assert status == 200
    assert upstream.last.values(b"mcp-name") == [value.encode()]


async def test_cookies_and_challenges_of_notion_do_not_come_back(
    connected: Rig, upstream: RecordingMcp
) -> None:
    kept = [(b"mcp-session-id", b"s"), (b"x-b", b"2"), (b"x-b", b"1"), (b"allow", b"POST")]
    upstream.headers = (
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"www-authenticate", b"Bearer resource_metadata=x"),
        (b"strict-transport-security", b"max-age=1"),
        (b"alt-svc", b"h3"),
        (b"clear-site-data", b'"*"'),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-credentials", b"true"),
        (b"connection", b"keep-alive, x-hop"),
        (b"x-hop", b"1"),
        *kept,
        (b"cache-control", b"no-cache, no-transform"),
        (b"x-accel-buffering", b"no"),
        (b"server", b"Notion"),
        (b"date", b"Thu, 01 Jan 1970 00:00:00 GMT"),
    )
    upstream.status = 403
    async with connection(connected.gateway.port) as raw:
        await raw.send(request())
        status, lines = await raw.head()

    told = [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]
    assert status == 403
    assert {name for name, _ in told} == {
        *(name for name, _ in kept),
        b"cache-control",
        b"x-accel-buffering",
        b"server",
        b"date",
        b"content-length",
        b"x-notion-grant",
        b"x-request-id",
    }
    assert [value for name, value in told if name == b"x-b"] == [b"2", b"1"]


@pytest.mark.promise("seed:one-notion-version")
@pytest.mark.parametrize("version", [None, "2025-09-03"])
async def test_one_notion_version_goes_with_every_request_or_none_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    async with a_rig(tmp_path, monkeypatch, notion_version=version) as rig:
        await rig.caller.connect("team")
        await rig.caller.call("team", headers={"Notion-Version": "2022-06-28"})
        rig.let_token_expire()
        await rig.caller.call("team")
        await rig.caller.disconnect("team")

    calls = [scope for scope in rig.notion.wire.scopes if scope["path"] != "/authorize"]
    assert {"/token", "/register", "/mcp"} <= {scope["path"] for scope in calls}
    for scope in calls:
        sent = [value for name, value in scope["headers"] if name == b"notion-version"]
        assert sent == ([version.encode()] if version else []), scope["path"]
