"""How long lists are fresh, and the news that they have changed."""

from typing import Any

import pytest

from support.caller import Caller
from support.messages import META, MODERN, events_of, initialize, lines_until, open_call

pytestmark = pytest.mark.anyio


def listing(method: str, version: str) -> tuple[dict[str, Any], dict[str, str]]:
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": method}
    headers = {"MCP-Protocol-Version": version}
    if version == MODERN:
        message["params"] = {"_meta": META}
        headers["Mcp-Method"] = method
    return message, headers


@pytest.mark.parametrize("method", ["tools/list", "resources/list"])
async def test_lists_say_how_long_they_are_fresh_and_for_whom_from_2026_07_28_on(
    caller: Caller, method: str
) -> None:
    await caller.settings(session_ids=False)
    token = (await caller.connect()).access_token
    said: list[tuple[object, object]] = []
    for version in (MODERN, "2025-11-25"):
        message, headers = listing(method, version)
        for changes in ({}, {"list_ttl_ms": 60_000, "list_cache_scope": "public"}):
            await caller.settings(**{"list_ttl_ms": 0, "list_cache_scope": "private", **changes})
            answer = await caller.rpc(token, message, **headers)
            result = (answer.json or events_of(answer)[0])["result"]
            said.append((result.get("ttlMs"), result.get("cacheScope")))
    assert said == [(0, "private"), (60_000, "public"), (None, None), (None, None)]


async def test_a_subscription_hears_that_lists_have_changed(caller: Caller) -> None:
    token = (await caller.connect()).access_token
    wanted = {"toolsListChanged": True, "resourcesListChanged": True}
    message, headers = listing("subscriptions/listen", MODERN)
    message["params"]["notifications"] = wanted
    stream = await open_call(caller, token, headers, message)
    await lines_until(stream, "notifications/subscriptions/acknowledged")
    assert (await caller.post("/_simulator/announce-lists")).json == {"sessions": 0}
    await lines_until(stream, "notifications/tools/list_changed")
    await lines_until(stream, "notifications/resources/list_changed")
    stream.close()


async def test_a_session_that_has_listed_hears_it_on_its_stream(caller: Caller) -> None:
    token = (await caller.connect()).access_token
    opened = await caller.rpc(token, initialize("2025-11-25"))
    message, headers = listing("tools/list", "2025-11-25")
    headers["Mcp-Session-Id"] = opened.headers["Mcp-Session-Id"]
    await caller.rpc(token, {"jsonrpc": "2.0", "method": "notifications/initialized"}, **headers)
    assert (await caller.rpc(token, message, **headers)).status == 200
    listening = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", **headers}
    stream = await caller.http.get(f"{caller.url}/mcp", headers=listening)
    assert (await caller.post("/_simulator/announce-lists")).json == {"sessions": 1}
    await lines_until(stream, "notifications/tools/list_changed")
    await lines_until(stream, "notifications/resources/list_changed")
    stream.close()
