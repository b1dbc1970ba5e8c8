"""A space without a connection answers MCP clients with the link that connects it."""

import json
from typing import Any

import pytest
from mcp_types import CallToolRequestParams, ElicitationRequiredErrorData, InputRequiredResult
from mcp_types.jsonrpc import URL_ELICITATION_REQUIRED

from notion_gateway.proxy.rules.not_connected import OUR_QUESTION
from tests.support.gateway import Answer
from tests.support.mcp_login import Logins, bearer
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
OPENS_LINKS: dict[str, Any] = {"elicitation": {"url": {}}}
STATELESS = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"}


def rpc(method: str, params: Any = None, call_id: Any = 7) -> bytes:
    call: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    if call_id is not None:
        call["id"] = call_id
    if params is not None:
        call["params"] = params
    return json.dumps(call).encode()


def tool_call(capabilities: Any = None, **params: Any) -> bytes:
    meta = {} if capabilities is None else {"_meta": {CAPABILITIES: capabilities}}
    return rpc("tools/call", {"name": "notion-search", "arguments": {}, **meta, **params})


class Client:
    """An MCP client with a token of the space."""

    def __init__(self, logins: Logins, token: str) -> None:
        self.logins = logins
        self.token = token

    @property
    def link(self) -> str:
        return f"{self.logins.origin}/connect/{self.logins.space}"

    async def send(
        self, data: bytes, headers: dict[str, str] | None = None, *, method: str = "POST"
    ) -> Answer:
        return await self.logins.rig.caller.send(
            method,
            f"/mcp/notion/{self.logins.space}",
            user=None,
            headers=bearer(self.token) | (headers or {}),
            data=data,
        )


@pytest.fixture
async def client(logins: Logins) -> Client:
    return Client(logins, (await logins.log_in())["access_token"])


async def dies(client: Client) -> None:
    """Notion ends the connection: whoever has it in memory hears of it with the next call."""
    notion = client.logins.rig.notion
    await client.logins.rig.caller.send("POST", f"{notion.url}/_simulator/revoke-grants", user=None)
    client.logins.rig.let_token_expire()


@pytest.mark.parametrize("method", ["initialize", "tools/list", "tools/call", "server/discover"])
async def test_a_call_is_answered_with_200_and_the_link(client: Client, method: str) -> None:
    answer = await client.send(rpc(method, {"name": "notion-search"}))

    assert answer.status == 200
    assert "www-authenticate" not in answer.headers
    error = answer.json["error"]
    assert answer.json["id"] == 7
    assert client.link in error["message"]
    assert error["data"]["reason"] == "not_connected"
    assert error["data"]["url"] == client.link


async def test_every_call_of_a_batch_is_answered(client: Client) -> None:
    calls = [json.loads(rpc("tools/list", call_id=n)) for n in ("a", 2)]
    notification = json.loads(rpc("notifications/initialized", call_id=None))

    answer = await client.send(json.dumps([*calls, notification]).encode())

    found: Any = json.loads(answer.body)
    assert answer.status == 200
    assert [one["id"] for one in found] == ["a", 2]
    assert all(client.link in one["error"]["message"] for one in found)


async def test_what_cannot_be_answered_is_told_to_come_again(client: Client) -> None:
    notification = await client.send(rpc("notifications/initialized", call_id=None))
    stream = await client.send(b"", method="GET")
    end = await client.send(b"", method="DELETE")

    for answer in (notification, stream, end):
        assert answer.status == 503
        assert answer.headers["retry-after"] == "30"


async def test_the_other_address_keeps_its_status(client: Client) -> None:
    headers = bearer(client.token)
    answer = await client.logins.rig.caller.call(
        client.logins.space, data=tool_call(), user=None, headers=headers
    )

    assert answer.status == 401
    assert answer.reason == "not_connected"


# --- 2025-11-25 ---------------------------------------------------------------------------


async def initialized(
    client: Client, upstream: RecordingMcp, capabilities: dict[str, Any]
) -> dict[str, str]:
    """The session's headers, given out while the space was connected."""
    upstream.headers = (*upstream.headers, (b"mcp-session-id", b"notions-own"))
    await client.logins.rig.caller.connect(client.logins.space)
    params = {"protocolVersion": "2025-11-25", "capabilities": capabilities}
    opened = await client.send(rpc("initialize", params))
    assert opened.status == 200
    return {
        "Mcp-Session-Id": opened.headers["mcp-session-id"],
        "MCP-Protocol-Version": "2025-11-25",
    }


async def test_a_session_that_opens_links_gets_the_question_with_its_tool_call(
    client: Client, upstream: RecordingMcp
) -> None:
    session = await initialized(client, upstream, OPENS_LINKS)
    assert (await client.send(tool_call(), session)).json["result"] == {}
    assert upstream.last.values(b"mcp-session-id") == [b"notions-own"]
    await client.logins.rig.caller.disconnect(client.logins.space)

    answer = await client.send(tool_call(), session)

    error = answer.json["error"]
    assert answer.status == 200
    assert error["code"] == URL_ELICITATION_REQUIRED
    (asked,) = ElicitationRequiredErrorData.model_validate(error["data"]).elicitations
    assert asked.mode == "url"
    assert asked.url == client.link
    assert asked.message
    assert asked.elicitation_id
    assert client.link in error["message"]  # for whoever shows nothing else
    other = await client.send(rpc("tools/list"), session)
    assert other.json["error"]["code"] == -32010


@pytest.mark.parametrize(
    "capabilities", [{}, {"elicitation": {}}, {"elicitation": {"form": {}}}, {"elicitation": 1}]
)
async def test_a_session_that_does_not_gets_the_text(
    client: Client, upstream: RecordingMcp, capabilities: dict[str, Any]
) -> None:
    session = await initialized(client, upstream, capabilities)
    await client.logins.rig.caller.disconnect(client.logins.space)

    error = (await client.send(tool_call(), session)).json["error"]

    assert error["code"] == -32010
    assert client.link in error["message"]


async def test_a_connection_that_notion_ended_talks_back_too(
    client: Client, upstream: RecordingMcp
) -> None:
    session = await initialized(client, upstream, OPENS_LINKS)
    await dies(client)
    client.token = (await client.logins.log_in())["access_token"]

    error = (await client.send(tool_call(), session)).json["error"]

    assert error["code"] == URL_ELICITATION_REQUIRED
    assert "no longer accepts" in error["message"]


# --- 2026-07-28 ---------------------------------------------------------------------------


async def test_a_stateless_call_gets_the_question_as_its_result(client: Client) -> None:
    answer = await client.send(tool_call(OPENS_LINKS), STATELESS)

    assert answer.status == 200
    result = InputRequiredResult.model_validate(answer.json["result"])
    assert result.result_type == "input_required"
    assert result.input_requests is not None
    asked = result.input_requests[OUR_QUESTION]
    assert asked.method == "elicitation/create"
    assert asked.params.mode == "url"
    assert asked.params.url == client.link
    assert asked.params.elicitation_id is None  # gone from the wire with this version


@pytest.mark.parametrize("capabilities", [None, {}, {"elicitation": {"form": {}}}])
async def test_a_stateless_client_that_opens_no_links_gets_the_text(
    client: Client, capabilities: Any
) -> None:
    error = (await client.send(tool_call(capabilities), STATELESS)).json["error"]

    assert client.link in error["message"]


async def test_the_retry_goes_on_to_notion_without_the_answer_to_our_question(
    client: Client, upstream: RecordingMcp
) -> None:
    await client.logins.rig.caller.connect(client.logins.space)
    ours = {OUR_QUESTION: {"action": "accept"}}
    theirs: dict[str, Any] = {"roots": {"roots": []}}

    await client.send(tool_call(OPENS_LINKS, inputResponses=ours, requestState="x"), STATELESS)
    params = json.loads(upstream.last.body)["params"]
    assert "inputResponses" not in params
    assert params["requestState"] == "x"
    CallToolRequestParams.model_validate(params)
    await client.send(tool_call(OPENS_LINKS, inputResponses={**ours, **theirs}), STATELESS)
    assert json.loads(upstream.last.body)["params"]["inputResponses"] == theirs


async def test_bodies_without_our_question_stay_the_bytes_they_were(
    client: Client, upstream: RecordingMcp
) -> None:
    await client.logins.rig.caller.connect(client.logins.space)
    odd = b'{ "id":7,"method" : "tools/call", "params":{"inputResponses": {"x":{}},"n":1.0e0}}'
    spoken = tool_call(query=f"what is {OUR_QUESTION}?")

    for body in (odd, spoken):
        await client.send(body, STATELESS)
        assert upstream.last.body == body


@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
async def test_who_has_been_asked_is_not_asked_again_and_again(client: Client, action: str) -> None:
    answered = tool_call(OPENS_LINKS, inputResponses={OUR_QUESTION: {"action": action}})

    error = (await client.send(answered, STATELESS)).json["error"]

    assert client.link in error["message"]
