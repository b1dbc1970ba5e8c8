"""The MCP endpoint in every protocol generation."""

import json
import re
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from notion_simulator.session_ids import public_session_id, sdk_session_id
from support.caller import Caller, text_of
from support.messages import (
    HANDSHAKE_VERSIONS,
    MODERN,
    events_of,
    initialize,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("version", HANDSHAKE_VERSIONS)
async def test_initialize_echoes_the_version_and_opens_a_session(
    caller: Caller, version: str
) -> None:
    token = (await caller.connect()).access_token
    answer = await caller.rpc(token, initialize(version))
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert re.fullmatch(r"[0-9a-f]{64}", answer.headers["Mcp-Session-Id"])
    (message,) = events_of(answer)
    assert message["result"]["protocolVersion"] == version
    assert message["result"]["serverInfo"] == {"name": "Notion MCP", "version": "1.0.1"}
    assert message["result"]["capabilities"]["tools"] == {"listChanged": True}
    assert message["result"]["capabilities"]["resources"]["listChanged"] is True


@pytest.mark.parametrize("mode", ["legacy", MODERN])
@pytest.mark.parametrize("response_mode", ["sse", "json"])
@pytest.mark.parametrize("session_ids", [True, False])
async def test_the_official_client_works_in_every_mode(
    caller: Caller, mode: str, response_mode: str, *, session_ids: bool
) -> None:
    await caller.settings(response_mode=response_mode, session_ids=session_ids)
    connection = await caller.connect()
    async with caller.client(connection.access_token, mode) as client:
        tools = await client.list_tools()
        assert "notion-fetch" in {tool.name for tool in tools.tools}
        result = await client.call_tool("notion-fetch", {"id": "self"})
        assert json.loads(text_of(result.content))["self"]["workspace"]["name"] == "Acme"


async def test_the_documents_of_the_tool_set_are_resources_and_readable(caller: Caller) -> None:
    await caller.settings(tool_set="2026-09")
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        listed = (await client.list_resources()).resources
        assert [resource.uri for resource in listed] == [
            "notion://docs/enhanced-markdown-spec",
            "notion://docs/view-dsl-spec",
        ]
        for resource in listed:
            (contents,) = (await client.read_resource(resource.uri)).contents
            assert contents.model_dump()["text"].startswith("# ")
        with pytest.raises(MCPError, match="not found"):
            await client.read_resource("notion://docs/other")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_token_gets_the_challenge_and_the_79_bytes(caller: Caller, method: str) -> None:
    answer = await caller.send(method, "/mcp")
    assert answer.status == 401
    assert len(answer.text) == 79
    assert answer.json == {
        "error": "invalid_token",
        "error_description": "Missing or invalid access token",
    }
    challenge = answer.headers["WWW-Authenticate"]
    metadata = f'resource_metadata="{caller.url}/.well-known/oauth-protected-resource/mcp"'
    assert challenge.startswith(f'Bearer realm="OAuth", {metadata}, error="invalid_token"')


@pytest.mark.parametrize(
    ("token", "description"),
    [("ntn_rest_token", "Invalid token format"), ("a:b:c", "Invalid access token")],
)
async def test_a_wrong_token_is_told_what_is_wrong_with_it(
    caller: Caller, token: str, description: str
) -> None:
    answer = await caller.rpc(token, {})
    assert (answer.status, answer.json["error_description"]) == (401, description)


async def test_a_foreign_origin_is_refused_even_with_a_good_token(caller: Caller) -> None:
    token = (await caller.connect()).access_token
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    refused = await caller.rpc(token, ping, Origin="chrome-extension://abcdef")
    assert refused.status == 403
    assert refused.json["error"] == {"code": -32000, "message": "Invalid Origin: abcdef"}
    assert (await caller.rpc(token, initialize("2025-11-25"), Origin=caller.url)).status == 200


async def test_a_preflight_is_answered_without_a_token(caller: Caller) -> None:
    answer = await caller.send("OPTIONS", "/mcp", headers={"Origin": "https://a.example"})
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, *"
    assert answer.headers["Access-Control-Max-Age"] == "86400"


async def test_a_session_survives_a_refresh_and_is_closed_to_other_grants(caller: Caller) -> None:
    connection = await caller.connect()
    opened = await caller.rpc(connection.access_token, initialize("2025-11-25"))
    session = {"Mcp-Session-Id": opened.headers["Mcp-Session-Id"]}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    renewed = (await caller.refresh(connection.client_id, connection.refresh_token)).json
    assert (await caller.rpc(renewed["access_token"], ping, **session)).status == 200
    stranger = await caller.connect()
    assert (await caller.rpc(stranger.access_token, ping, **session)).status == 404
    assert (await caller.rpc(stranger.access_token, ping, **{"Mcp-Session-Id": "x"})).status == 404


async def test_without_session_ids_get_and_delete_are_not_allowed(caller: Caller) -> None:
    await caller.settings(session_ids=False)
    token = (await caller.connect()).access_token
    for method in ("GET", "DELETE"):
        answer = await caller.send(method, "/mcp", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    opened = await caller.rpc(token, initialize("2025-11-25"))
    assert "Mcp-Session-Id" not in opened.headers


def sdk_ids() -> list[str]:
    return ["0" * 32, "0123456789abcdef" * 2]


@pytest.mark.parametrize("identifier", sdk_ids())
async def test_session_ids_translate_both_ways_and_forgeries_stay_unknown(
    identifier: str,
) -> None:
    public = public_session_id(identifier)
    assert len(public) == 64
    assert sdk_session_id(public) == identifier
    assert sdk_session_id(identifier) == identifier
    forged = identifier + "f" * 32
    assert sdk_session_id(forged) == forged


async def test_wrong_arguments_are_a_protocol_error_naming_the_tool(caller: Caller) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        with pytest.raises(MCPError) as raised:
            await client.call_tool("notion-search", {"page_size": 99})
    assert raised.value.code == -32602
    prefix = "Invalid arguments for tool notion-search: "
    assert raised.value.message.startswith(prefix)
    issues = json.loads(raised.value.message.removeprefix(prefix))
    assert {tuple(issue["path"]) for issue in issues} == {(), ("page_size",)}


async def test_an_unknown_tool_is_a_protocol_error(caller: Caller) -> None:
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        with pytest.raises(MCPError, match="notion-delete-page not found"):
            await client.call_tool("notion-delete-page", {})


async def test_the_test_tool_is_listed_only_when_asked_for(caller: Caller) -> None:
    connection = await caller.connect()
    for shown in (True, False):
        await caller.settings(test_tools=shown)
        async with caller.client(connection.access_token) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
        assert ("simulator-stream" in names) == shown


async def test_held_headers_arrive_in_the_end(caller: Caller) -> None:
    await caller.settings(mcp_header_delay_seconds=0.05)
    token = (await caller.connect()).access_token
    began = anyio.current_time()
    answer = await caller.rpc(token, initialize("2025-11-25"))
    assert answer.status == 200
    assert anyio.current_time() - began >= 0.05


async def test_calls_over_the_limit_are_told_when_to_come_back(caller: Caller, clock: Any) -> None:
    await caller.settings(rate_limit_per_minute=2)
    connection = await caller.connect()
    async with caller.client(connection.access_token) as client:
        for _ in range(2):
            assert not (await client.call_tool("notion-get-teams", {})).is_error
        limited = await client.call_tool("notion-get-teams", {})
        assert limited.is_error
        error = {
            "code": "rate_limited",
            "retry_after_seconds": 60,
            "rate_limit_reason": "per_connection",
        }
        assert limited.structured_content == {"error": error}
        assert json.loads(text_of(limited.content)) == {"error": error}
        clock.advance(60)
        assert not (await client.call_tool("notion-get-teams", {})).is_error
