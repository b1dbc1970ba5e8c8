"""A refusal for good ends with the caller, not in a loop."""

import asyncio
from datetime import timedelta

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.integration import access_tokens as credentials
from tests.support.asgi import answer, headers_of, read_body, start
from tests.support.figures import Figure
from tests.support.rig import Rig
from tests.support.upstreams import JSON_HEADERS, RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:33")]

CALLERS = 50


class Refusing:
    """Answers every call with a status; knows which tokens it has seen."""

    def __init__(self, status: int, body: bytes = b'{"error":"of Notion"}') -> None:
        self._status = status
        self._body = body
        self.tokens: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        self.tokens.append(headers_of(scope)[b"authorization"])
        await start(send, self._status, JSON_HEADERS)
        await send({"type": "http.response.body", "body": self._body})


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_a_401_for_good_costs_one_refresh_and_one_more_call(
    connected: Rig, method: str
) -> None:
    connected.notion.wire.instead["/mcp"] = answer(401)
    before = connected.notion.wire.requests.count(f"{method} /mcp")
    told = await connected.caller.call("team", None, method=method)

    assert (told.status, told.reason) == (502, "upstream_unauthorized")
    assert "reconnect" in told.json["error"]["message"]
    assert connected.notion.wire.requests.count(f"{method} /mcp") == before + 2
    assert len(connected.notion.wire.refreshes()) == 1
    assert (await connected.caller.status("team"))["status"] == "connected"


async def test_many_callers_of_a_401_for_good_cost_one_refresh_and_are_all_told(
    connected: Rig, figure: Figure
) -> None:
    refusing = connected.notion.wire.instead["/mcp"] = Refusing(401)
    for _ in range(3):
        told = await asyncio.gather(*(connected.caller.call("team") for _ in range(CALLERS)))
        assert {(one.status, one.reason) for one in told} == {(502, "upstream_unauthorized")}

    assert len(connected.notion.wire.refreshes()) == 1
    assert len(set(refusing.tokens)) == 2
    assert len(refusing.tokens) <= 3 * CALLERS + CALLERS
    refreshes = len(connected.notion.wire.refreshes())
    figure("{} calls refused for good: {} refresh", 3 * CALLERS, refreshes)


async def test_without_the_brake_every_call_would_redeem_a_token(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(credentials, "FORCED_AGAIN_AFTER", timedelta(0))
    connected.notion.wire.instead["/mcp"] = answer(401)
    for _ in range(5):
        await connected.caller.call("team")

    assert len(connected.notion.wire.refreshes()) == 5


async def test_a_401_that_ends_is_over_at_once(connected: Rig) -> None:
    connected.notion.wire.instead["/mcp"] = answer(401)
    for _ in range(3):
        await connected.caller.call("team")
    connected.notion.wire.instead.clear()

    assert (await connected.caller.call("team")).status == 200
    assert len(connected.notion.wire.refreshes()) == 1


@pytest.mark.parametrize("status", [403, 407])
async def test_another_refusal_is_the_callers_verbatim_and_costs_no_refresh(
    connected: Rig, status: int
) -> None:
    body = b'{"error":"insufficient_scope","of":"Notion"}'
    refusing = connected.notion.wire.instead["/mcp"] = Refusing(status, body)
    told = await asyncio.gather(*(connected.caller.call("team") for _ in range(CALLERS)))

    assert {(one.status, one.body) for one in told} == {(status, body)}
    assert len(refusing.tokens) == CALLERS
    assert connected.notion.wire.refreshes() == []
    assert await connected.caller.event_types("team") == ["Authorized"]


@pytest.mark.parametrize("second", [200, 403, 404, 429, 500])
async def test_what_the_newer_token_is_told_is_the_callers(
    connected: Rig, upstream: RecordingMcp, second: int
) -> None:
    upstream.status = second
    connected.notion.expire_access_tokens()
    told = await connected.caller.call("team")

    assert (told.status, told.body) == (second, upstream.chunks[0])
    assert len(upstream.seen) == 1  # behind the bearer check: only the newer token arrives
    assert len(connected.notion.wire.refreshes()) == 1
