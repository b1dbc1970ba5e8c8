"""A space without a connection answers MCP clients with the link that connects it."""

import json
from typing import Any

import pytest
from mcp_types import CallToolRequestParams, ElicitationRequiredErrorData, InputRequiredResult
from mcp_types.jsonrpc import URL_ELICITATION_REQUIRED

from notion_gateway.proxy.rules.not_connected import OUR_QUESTION
from tests.support.mcp_login import Logins, bearer
from tests.support.space_client import (
    OPENS_LINKS,
    STATELESS,
    SpaceClient,
    rpc,
    tool_call,
)
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]


@pytest.fixture
async def client(logins: Logins) -> SpaceClient:
    return await SpaceClient.of(logins)


@pytest.mark.parametrize("method", ["resources/read", "prompts/get", "completion/complete"])
async def test_what_only_notion_can_answer_is_an_error_with_the_link(
    client: SpaceClient, method: str
) -> None:
    answer = await client.send(rpc(method, {"uri": "notion://docs/x"}))

    assert answer.status == 200
    assert "www-authenticate" not in answer.headers
    error = answer.json["error"]
    assert answer.json["id"] == 7
    assert client.link in error["message"]
    assert error["data"]["reason"] == "not_connected"
    assert error["data"]["url"] == client.link


async def test_every_call_of_a_batch_is_answered(client: SpaceClient) -> None:
    calls = [json.loads(rpc(method, call_id=n)) for method, n in [("tools/list", "a"), ("x/y", 2)]]
    notification = json.loads(rpc("notifications/initialized", call_id=None))

    answer = await client.send(json.dumps([*calls, notification]).encode())

    found: Any = json.loads(answer.body)
    assert answer.status == 200
    assert [one["id"] for one in found] == ["a", 2]
    assert client.link in found[0]["result"]["tools"][0]["description"]
    assert client.link in found[1]["error"]["message"]


async def test_what_is_no_json_is_told_to_come_again(client: SpaceClient) -> None:
    answer = await client.send(b"no json")

    assert answer.status == 503
    assert answer.headers["retry-after"] == "30"


async def test_the_other_address_keeps_its_status(client: SpaceClient) -> None:
    headers = bearer(client.token)
    answer = await client.logins.rig.caller.call(
        client.logins.space, data=tool_call(), user=None, headers=headers
    )

    assert answer.status == 401
    assert answer.reason == "not_connected"


# --- 2025-11-25 ---------------------------------------------------------------------------


async def initialized(
    client: SpaceClient, upstream: RecordingMcp, capabilities: dict[str, Any], **options: Any
) -> dict[str, str]:
    """The session's headers, given out while the space was connected."""
    upstream.headers = (*upstream.headers, (b"mcp-session-id", b"notions-own"))
    await client.connect()
    return await client.initialize(capabilities=capabilities, **options)


async def test_a_session_that_opens_links_gets_the_question_with_its_tool_call(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    session = await initialized(client, upstream, OPENS_LINKS)
    assert (await client.send(tool_call(), session)).json["result"] == {}
    assert upstream.last.values(b"mcp-session-id") == [b"notions-own"]
    await client.disconnect()

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
    assert client.link in other.json["result"]["tools"][0]["description"]


async def test_a_version_without_that_question_is_not_asked_it(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    session = await initialized(client, upstream, OPENS_LINKS, version="2025-06-18")
    await client.disconnect()

    result = (await client.send(tool_call(), session)).json["result"]

    assert result["isError"] is True
    assert client.link in result["content"][0]["text"]


@pytest.mark.parametrize(
    "capabilities", [{}, {"elicitation": {}}, {"elicitation": {"form": {}}}, {"elicitation": 1}]
)
async def test_a_session_that_does_not_gets_the_text(
    client: SpaceClient, upstream: RecordingMcp, capabilities: dict[str, Any]
) -> None:
    session = await initialized(client, upstream, capabilities)
    await client.disconnect()

    result = (await client.send(tool_call(), session)).json["result"]

    assert result["isError"] is True
    assert client.link in result["content"][0]["text"]


async def test_a_connection_that_notion_ended_talks_back_too(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    session = await initialized(client, upstream, OPENS_LINKS)
    await client.dies()

    error = (await client.send(tool_call(), session)).json["error"]

    assert error["code"] == URL_ELICITATION_REQUIRED
    assert "no longer accepts" in error["message"]


# --- 2026-07-28 ---------------------------------------------------------------------------


async def test_a_stateless_call_gets_the_question_as_its_result(client: SpaceClient) -> None:
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
    client: SpaceClient, capabilities: Any
) -> None:
    result = (await client.send(tool_call(capabilities), STATELESS)).json["result"]

    assert result["isError"] is True
    assert result["resultType"] == "complete"
    assert client.link in result["content"][0]["text"]


async def test_the_retry_goes_on_to_notion_without_the_answer_to_our_question(
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    await client.connect()
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
    client: SpaceClient, upstream: RecordingMcp
) -> None:
    await client.connect()
    odd = b'{ "id":7,"method" : "tools/call", "params":{"inputResponses": {"x":{}},"n":1.0e0}}'
    spoken = tool_call(query=f"what is {OUR_QUESTION}?")

    for body in (odd, spoken):
        await client.send(body, STATELESS)
        assert upstream.last.body == body


@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
async def test_who_has_been_asked_is_not_asked_again_and_again(
    client: SpaceClient, action: str
) -> None:
    answered = tool_call(OPENS_LINKS, inputResponses={OUR_QUESTION: {"action": action}})

    result = (await client.send(answered, STATELESS)).json["result"]

    assert client.link in result["content"][0]["text"]
