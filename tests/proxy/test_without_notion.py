"""While a space is not connected, its endpoint speaks MCP itself, so that clients stay."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from mcp_types import (
    CallToolResult,
    DiscoverResult,
    InitializeResult,
    ListToolsResult,
    SubscriptionsAcknowledgedNotification,
)

from notion_gateway.proxy.rules.mcp_without_notion import CONNECT_TOOL
from tests.support.mcp_login import Logins, bearer, logging_in, make_space
from tests.support.rig import a_rig
from tests.support.space_client import STATELESS, SpaceClient, rpc, tool_call
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

VERSIONS = ["2025-03-26", "2025-06-18", "2025-11-25"]
BOTH_FORMS = {"Accept": "application/json, text/event-stream"}
CONNECT_CALL = rpc("tools/call", {"name": CONNECT_TOOL, "arguments": {}})


@pytest.fixture
async def client(logins: Logins) -> SpaceClient:
    return await SpaceClient.of(logins)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_client_initializes_and_finds_the_one_tool_that_says_how_to_connect(
    client: SpaceClient, version: str
) -> None:
    params: dict[str, Any] = {"protocolVersion": version, "capabilities": {}}
    opened = await client.send(rpc("initialize", params))
    said = InitializeResult.model_validate(opened.json["result"])
    session = {
        "Mcp-Session-Id": opened.headers["mcp-session-id"],
        "MCP-Protocol-Version": version,
    }
    ready = await client.send(rpc("notifications/initialized", call_id=None), session)
    ping = await client.send(rpc("ping"), session)
    listed = await client.send(rpc("tools/list"), session)

    assert said.protocol_version == version
    assert said.server_info.name == "Notion MCP"
    assert client.link in (said.instructions or "")
    assert said.capabilities.tools is not None
    assert said.capabilities.tools.list_changed is True
    assert (ready.status, ready.body) == (202, b"")
    assert ping.json["result"] == {}
    (tool,) = ListToolsResult.model_validate(listed.json["result"]).tools
    assert tool.name == CONNECT_TOOL
    assert client.link in (tool.description or "")
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint is True


@pytest.mark.parametrize("tool", [CONNECT_TOOL, "notion-search", "anything"])
async def test_every_tool_call_is_a_tool_error_with_the_link(
    client: SpaceClient, tool: str
) -> None:
    session = await client.initialize()
    answer = await client.send(rpc("tools/call", {"name": tool, "arguments": {}}), session)

    result = CallToolResult.model_validate(answer.json["result"])
    assert answer.status == 200
    assert result.is_error is True
    assert client.link in answer.json["result"]["content"][0]["text"]


async def test_a_dead_connection_is_said_in_every_answer(client: SpaceClient) -> None:
    await client.connect()
    await client.dies()

    opened = await client.send(rpc("initialize", {"protocolVersion": "2025-06-18"}))
    listed = await client.send(rpc("tools/list"))
    called = await client.send(tool_call())

    for said in (
        opened.json["result"]["instructions"],
        listed.json["result"]["tools"][0]["description"],
        called.json["result"]["content"][0]["text"],
    ):
        assert "no longer accepts" in said
        assert client.link in said


async def test_an_unknown_version_gets_the_newest_that_notion_speaks(client: SpaceClient) -> None:
    opened = await client.send(rpc("initialize", {"protocolVersion": "2031-01-01"}))

    assert opened.json["result"]["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize(
    ("method", "member"),
    [
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
        ("prompts/list", "prompts"),
    ],
)
async def test_other_lists_are_empty(client: SpaceClient, method: str, member: str) -> None:
    assert (await client.send(rpc(method))).json["result"] == {member: []}


async def test_a_limited_token_may_ask_for_the_link(client: SpaceClient) -> None:
    tokens = f"/spaces/{client.logins.space}/tokens"
    limits = {"name": "one tool", "tools": ["notion-search"], "read_only": True}
    made = await client.logins.rig.caller.send("POST", tokens, json=limits)
    client.token = made.json["token"]

    assert client.link in (await client.send(CONNECT_CALL)).json["result"]["content"][0]["text"]
    refused = await client.send(rpc("tools/call", {"name": "notion-update-page"}))
    assert refused.status == 403


# --- 2026-07-28 ---------------------------------------------------------------------------


async def test_discovery_names_the_versions_that_notion_is_known_to_speak(
    client: SpaceClient,
) -> None:
    answer = await client.send(rpc("server/discover"), STATELESS)

    said = DiscoverResult.model_validate(answer.json["result"])
    assert said.supported_versions == ["2024-11-05", *VERSIONS]
    assert said.ttl_ms == 0
    assert client.link in (said.instructions or "")
    assert answer.json["result"]["_meta"]["io.modelcontextprotocol/serverInfo"] == {
        "name": "Notion MCP",
        "version": "1.0.1",
    }


async def test_a_stateless_list_is_stale_at_once(client: SpaceClient) -> None:
    listed = (await client.send(rpc("tools/list"), STATELESS)).json["result"]

    assert listed["resultType"] == "complete"
    assert (listed["ttlMs"], listed["cacheScope"]) == (0, "private")
    assert [tool["name"] for tool in listed["tools"]] == [CONNECT_TOOL]


async def test_what_notion_says_of_itself_is_kept_for_all_spaces_and_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, gateway_local_sign_in=True) as rig:
        there = Logins(rig, await make_space(rig, "Elm"), "")
        registered = await there.register()
        rig.notion.wire.names_workspace = False  # so that its own server is asked
        assert await there.rig.caller.connect(there.space)

        kept = "SELECT count(*) FROM events WHERE stream LIKE 'notion-server/%'"
        await until(lambda: rig.sql(kept) == [(1,)])
        logins = Logins(rig, await make_space(rig), registered.json["client_id"])
        client = await SpaceClient.of(logins)

        said = (await client.send(rpc("server/discover"), STATELESS)).json["result"]
        assert said["supportedVersions"] == ["2026-07-28"]
        opened = await client.send(rpc("initialize", {"protocolVersion": "2025-06-18"}))
        assert opened.json["result"]["protocolVersion"] == "2025-06-18"
        await rig.caller.connect("another")
        named = "SELECT count(*) FROM events WHERE type LIKE '%WorkspaceIdentified'"
        await until(lambda: rig.sql(named) == [(2,)])
        assert rig.sql(kept) == [(1,)]  # what is no news is not stored again


# --- connecting without a restart -----------------------------------------------------------


async def test_a_session_of_the_gateways_own_goes_on_where_notion_keeps_none(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    session = await client.initialize()
    await client.connect()

    answer = await client.send(tool_call(), session)

    assert (answer.status, answer.json["result"]) == (200, {})
    assert upstream.last.values(b"mcp-session-id") == []


@pytest.mark.parametrize(
    "stateful",
    [
        {"status": 400},
        {"status": 404},
        {"headers": ((b"content-type", b"application/json"), (b"mcp-session-id", b"new"))},
    ],
)
async def test_elsewhere_it_is_unknown_so_that_the_client_initializes_again(
    client: SpaceClient, upstream: RecordingMcp, stateful: dict[str, Any]
) -> None:
    session = await client.initialize()
    await client.connect()
    for name, value in stateful.items():
        setattr(upstream, name, value)

    answer = await client.send(tool_call(), session)

    assert (answer.status, answer.reason) == (404, "session_unknown")
    upstream.status = 200
    again = await client.initialize()
    assert again.get("Mcp-Session-Id") != session["Mcp-Session-Id"]
    assert (await client.send(tool_call(), again)).status == 200


async def test_an_own_session_is_nobody_elses(client: SpaceClient, logins: Logins) -> None:
    session = await client.initialize()
    mona = await SpaceClient.of(logins, "mona")

    answer = await mona.send(rpc("tools/list"), session)

    assert (answer.status, answer.reason) == (404, "session_unknown")


async def test_the_one_tool_says_that_the_space_is_connected_and_that_the_tools_are_others(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    session = await client.initialize()
    await client.connect()
    asked = len(upstream.seen)

    plain = await client.send(CONNECT_CALL, session)
    told = await client.send(CONNECT_CALL, {**session, **BOTH_FORMS})
    stateless = await client.send(CONNECT_CALL, {**STATELESS, **BOTH_FORMS})

    assert plain.json["result"]["isError"] is False
    assert "is connected" in plain.json["result"]["content"][0]["text"]
    messages = events_of(told.body)
    assert [one.get("method") for one in messages[:2]] == [
        "notifications/tools/list_changed",
        "notifications/resources/list_changed",
    ]
    assert messages[2]["result"] == plain.json["result"]
    assert stateless.json["result"]["resultType"] == "complete"
    assert len(upstream.seen) == asked


# --- ending sessions ------------------------------------------------------------------------


async def test_ending_a_session_needs_no_connection(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    own = await client.initialize()
    upstream.headers = (*upstream.headers, (b"mcp-session-id", b"notions-own"))
    await client.connect()
    notions = await client.initialize()
    asked = len(upstream.seen)
    assert (await client.send(b"", own, method="DELETE")).status == 200
    assert len(upstream.seen) == asked
    await client.disconnect()

    for session in (own, notions):
        assert (await client.send(b"", session, method="DELETE")).status == 200
    forged = {"Mcp-Session-Id": notions["Mcp-Session-Id"][:-1] + "_"}
    assert (await client.send(b"", forged, method="DELETE")).status == 404


async def test_nor_does_it_at_the_applications_address(client: SpaceClient) -> None:
    ended = await client.logins.rig.caller.call(
        client.logins.space, method="DELETE", data=b"", user=None, headers=bearer(client.token)
    )

    assert ended.status == 200


# --- streams --------------------------------------------------------------------------------


class Stream:
    """A stream that stays open, message by message."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self._rest = b""

    async def next(self) -> Any:
        """The next message; None at the end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while b"\n\n" not in self._rest:
                chunk = await self.answer.content.readany()
                if not chunk:
                    return None
                self._rest += chunk
        first, _, self._rest = self._rest.partition(b"\n\n")
        found = events_of(first + b"\n\n")
        return found[0] if found else await self.next()


@asynccontextmanager
async def listening(
    client: SpaceClient, headers: dict[str, str], call: bytes | None = None
) -> AsyncGenerator[Stream]:
    async with (
        aiohttp.ClientSession() as http,
        http.request(
            "GET" if call is None else "POST",
            client.logins.resource,
            headers={**bearer(client.token), **BOTH_FORMS, **headers},
            data=call,
        ) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
        yield Stream(answer)


def events_of(body: bytes) -> list[Any]:
    lines = [line for line in body.splitlines() if line.startswith(b"data: ")]
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]


async def test_a_listening_client_hears_that_the_space_is_connected(client: SpaceClient) -> None:
    session = await client.initialize()
    async with listening(client, session) as stream:
        await client.connect()

        heard = [await stream.next() for _ in range(3)]

    assert [one and one["method"] for one in heard] == [
        "notifications/tools/list_changed",
        "notifications/resources/list_changed",
        None,
    ]


async def test_a_client_with_a_session_of_notions_hears_at_once_that_the_tools_are_others(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    upstream.headers = (*upstream.headers, (b"mcp-session-id", b"notions-own"))
    await client.connect()
    session = await client.initialize()
    await client.disconnect()

    async with listening(client, session) as stream:
        assert (await stream.next())["method"] == "notifications/tools/list_changed"


async def test_a_subscription_hears_it_too(client: SpaceClient) -> None:
    wanted = {"notifications": {"toolsListChanged": True, "promptsListChanged": True}}
    call = rpc("subscriptions/listen", wanted, call_id="listen-1")
    meta = {"io.modelcontextprotocol/subscriptionId": "listen-1"}
    async with listening(client, STATELESS, call) as stream:
        first = await stream.next()
        SubscriptionsAcknowledgedNotification.model_validate(first)
        assert first["params"] == {"notifications": {"toolsListChanged": True}, "_meta": meta}
        assert (await stream.next())["params"] == {"_meta": meta}
        await client.connect()

        changed, ended, end = [await stream.next() for _ in range(3)]

    assert changed["method"] == "notifications/tools/list_changed"
    assert (ended["id"], ended["result"]["_meta"]) == ("listen-1", meta)
    assert end is None


@pytest.mark.parametrize("stateless", [False, True])
async def test_an_open_stream_of_notions_ends_with_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stateless: bool
) -> None:
    """Its client opens another, and that one says that the tools are others."""
    upstream: Any = WatchedMcp(forever())
    async with logging_in(tmp_path, monkeypatch, upstream) as logins:
        client = await SpaceClient.of(logins)
        await client.connect()
        headers = {**STATELESS, "Mcp-Method": "subscriptions/listen"} if stateless else {}
        call = rpc("subscriptions/listen", {"notifications": {}}) if stateless else None
        async with listening(client, headers, call) as stream:
            await asyncio.wait_for(stream.answer.content.readany(), PATIENCE_SECONDS)
            await client.disconnect()

            with pytest.raises(aiohttp.ClientError):
                await stream.next()
            counters = logins.rig.notion.simulator.counters
            await until(lambda: counters.snapshot()["mcp"]["cancelled"] == 1)


async def test_a_renewal_ends_no_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream: Any = WatchedMcp(forever())
    async with logging_in(tmp_path, monkeypatch, upstream) as logins:
        client = await SpaceClient.of(logins)
        await client.connect()
        async with listening(client, {}) as stream:
            await asyncio.wait_for(stream.answer.content.readany(), PATIENCE_SECONDS)
            await client.connect()  # replaces the tokens, as a renewal does

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stream.answer.content.readany(), 2)
