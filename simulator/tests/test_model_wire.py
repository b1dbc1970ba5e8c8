"""The scripted model on the wire: OpenAI's own client, and bytes where it hides them."""

import json
import time
from collections.abc import AsyncGenerator
from io import BytesIO
from typing import Any, cast

import aiohttp
import pytest
from openai import AsyncOpenAI, AuthenticationError, BadRequestError, InternalServerError
from openai import NotFoundError as UnknownError
from openai.types.chat import ChatCompletion, ChatCompletionToolParam
from openai.types.chat.chat_completion_message_function_tool_call import Function

from support.caller import Answer, Caller
from support.chat import MODEL, openai_client

pytestmark = pytest.mark.anyio

SEARCH: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "notion-search",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}},
            "required": ["query"],
            "additionalProperties": False,
        },
    },
}
PATH = "/v1/chat/completions"


@pytest.fixture
async def model(caller: Caller) -> AsyncGenerator[AsyncOpenAI]:
    await caller.settings(model_chunk_interval_seconds=0)
    async with openai_client(caller) as client:
        yield client


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}


async def completion(client: AsyncOpenAI, /, **body: Any) -> ChatCompletion:
    return cast("ChatCompletion", await client.chat.completions.create(**body))


def called(answered: ChatCompletion) -> Function:
    """Returns the only call of an answer."""
    calls = answered.choices[0].message.tool_calls
    assert calls is not None
    (call,) = calls
    assert call.type == "function"
    assert call.id.startswith("call_")
    return call.function


async def complete(caller: Caller, body: object, **headers: str) -> Answer:
    return await caller.post(PATH, json=body, headers=headers)


async def test_the_model_is_listed_under_a_name_that_says_what_it_is(model: AsyncOpenAI) -> None:
    listed = [entry.id async for entry in model.models.list()]
    assert listed == ["scripted-demo"]
    assert (await model.models.retrieve("scripted-demo")).owned_by == "notion-simulator"
    with pytest.raises(UnknownError) as refused:
        await model.models.retrieve("gpt-5")
    assert refused.value.code == "model_not_found"


async def test_an_answer_comes_whole_or_in_chunks_and_is_the_same(model: AsyncOpenAI) -> None:
    messages: Any = asking("help")["messages"]
    whole = await model.chat.completions.create(model=MODEL, messages=messages, tools=[SEARCH])
    assert whole.choices[0].finish_reason == "stop"
    pieces: list[str] = []
    usages: list[Any] = []
    ids: set[str] = set()
    stream = await model.chat.completions.create(
        model=MODEL,
        messages=messages,
        tools=[SEARCH],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        ids.add(chunk.id)
        usages.append(chunk.usage)
        pieces += [choice.delta.content or "" for choice in chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len([piece for piece in pieces if piece]) > 10
    assert len(ids) == 1
    assert usages[:-1] == [None] * (len(usages) - 1)
    assert usages[-1] == whole.usage
    assert usages[-1].total_tokens > 0


async def test_a_call_comes_whole_or_in_pieces_with_its_id_and_name_first(
    caller: Caller, model: AsyncOpenAI
) -> None:
    body = asking("find pages about releases and their notes", tools=[SEARCH])
    whole = await completion(model, **body)
    call = called(whole)
    assert whole.choices[0].finish_reason == "tool_calls"
    assert json.loads(call.arguments) == {"query": "releases and their notes"}
    answer = await complete(caller, {**body, "stream": True})
    lines = [line for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert "usage" not in chunks[0]
    deltas = [
        piece for chunk in chunks for piece in chunk["choices"][0]["delta"].get("tool_calls", [])
    ]
    assert set(deltas[0]) == {"index", "id", "type", "function"}
    assert deltas[0]["function"] == {"name": "notion-search", "arguments": ""}
    assert len(deltas) > 3
    assert all(set(delta) == {"index", "function"} for delta in deltas[1:])
    text = "".join(delta["function"]["arguments"] for delta in deltas)
    assert text == call.arguments
    assert chunks[-1]["choices"][0] == {
        "index": 0,
        "delta": {},
        "logprobs": None,
        "finish_reason": "tool_calls",
    }


async def test_chunks_are_sent_at_the_pace_that_was_set(
    caller: Caller,
) -> None:
    await caller.settings(model_chunk_interval_seconds=0.02)
    body = asking("help", tools=[SEARCH], stream=True)
    began = time.monotonic()
    async with caller.http.post(caller.url + PATH, json=body) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Cache-Control"] == "no-cache, no-transform"
        assert response.headers["X-Accel-Buffering"] == "no"
        chunks = (await response.text()).count("data: ")
    assert chunks > 10
    assert time.monotonic() - began > 0.02 * (chunks - 1)
    await caller.wait("model_streams.completed", at_least=1)


async def test_a_chunk_is_sent_at_once_and_a_client_that_leaves_ends_it(
    caller: Caller,
) -> None:
    await caller.settings(model_chunk_interval_seconds=10)
    body = asking("help", stream=True)
    response = await caller.http.post(caller.url + PATH, json=body)
    await response.content.readline()
    assert (await caller.counters())["model_streams"]["running"] == 1
    response.close()
    observed = await caller.wait("model_streams.cancelled", at_least=1)
    assert observed["model_streams"] == {
        "running": 0,
        "started": 1,
        "completed": 0,
        "cancelled": 1,
    }


async def test_a_key_is_asked_for_only_if_one_is_set(caller: Caller, model: AsyncOpenAI) -> None:
    assert (await complete(caller, asking("help"))).status == 200
    await caller.settings(model_api_key="the-key")
    with pytest.raises(AuthenticationError) as refused:
        await model.models.list()
    assert refused.value.code == "invalid_api_key"
    assert (await complete(caller, asking("help"))).status == 401
    assert (await complete(caller, asking("help"), Authorization="Basic the-key")).status == 401
    async with openai_client(caller, "the-key") as right:
        assert [entry.id async for entry in right.models.list()] == [MODEL]


CALL = {"id": "c1", "type": "function", "function": {"name": "notion-search", "arguments": "{}"}}
USER: Any = {"role": "user", "content": "hi"}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "{}"}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [USER, RESULT]}, "messages[1].role"),
        ({"messages": [USER, CALLING]}, "messages"),
        ({"messages": [USER, CALLING, USER]}, "messages"),
        ({"messages": [USER, CALLING, RESULT, RESULT]}, "messages[3].role"),
        ({"model": None}, "model"),
        ({"n": 2}, "n"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        (
            {"tools": [{"type": "function", "function": {"name": "a.b"}}]},
            "tools[0].function.name",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": 7}}}]},
            "tools[0].function.parameters",
        ),
        (
            {
                "tools": [
                    {"type": "function", "function": {"name": "a", "parameters": {"pattern": "("}}}
                ]
            },
            "tools[0].function.parameters",
        ),
    ],
)
async def test_a_request_openai_would_refuse_is_refused_in_its_form(
    caller: Caller, change: dict[str, Any], param: str
) -> None:
    answer = await complete(caller, {**asking("help"), **change})
    assert answer.status == 400
    error = answer.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"model": "\\ud800"}', b"null"]
)
async def test_a_body_that_is_no_request_is_a_400(caller: Caller, body: bytes) -> None:
    answer = await caller.post(PATH, data=body)
    assert answer.status == 400
    assert answer.json["error"]["type"] == "invalid_request_error"


async def test_an_unknown_model_or_address_is_a_404(caller: Caller, model: AsyncOpenAI) -> None:
    with pytest.raises(UnknownError) as refused:
        await model.chat.completions.create(model="gpt-5", messages=[USER])
    assert refused.value.status_code == 404
    assert (await caller.post("/v1/embeddings", json={})).json["error"]["code"] == "unknown_url"
    assert (await caller.get(PATH)).status == 404


async def test_a_body_that_does_not_end_is_cut_off(caller: Caller) -> None:
    answer = await caller.post(PATH, data=BytesIO(b" " * (8 * 1024 * 1024 + 1)))
    assert (answer.status, answer.json["error"]["code"]) == (413, "request_too_large")


async def test_a_schema_that_cannot_be_checked_is_not_called(caller: Caller) -> None:
    for parameters in (
        {"$ref": "https://schemas.invalid/tool.json"},
        {"$ref": "#"},
    ):
        tool = {"type": "function", "function": {"name": "notion-search", "parameters": parameters}}
        answer = await complete(caller, asking("find pages about x", tools=[tool]))
        message = answer.json["choices"][0]["message"]
        assert "tool_calls" not in message
        assert "other arguments" in message["content"]


async def test_no_tool_is_called_where_the_request_forbids_it(model: AsyncOpenAI) -> None:
    body = asking("find pages about releases", tools=[SEARCH], tool_choice="none")
    answered = await completion(model, **body)
    assert answered.choices[0].message.tool_calls is None


async def test_a_request_in_parts_with_roles_and_options_of_real_clients_is_understood(
    model: AsyncOpenAI,
) -> None:
    answered = await model.chat.completions.create(
        model=MODEL,
        temperature=0.2,
        parallel_tool_calls=False,
        tools=[SEARCH],
        messages=[
            {"role": "system", "content": "create a page called Owned"},
            {"role": "developer", "content": "rename it to Owned"},
            {"role": "user", "content": [{"type": "text", "text": "find pages about tea"}]},
        ],
    )
    assert json.loads(called(answered).arguments) == {"query": "tea"}


async def test_faults_can_be_ordered_for_the_model(caller: Caller, model: AsyncOpenAI) -> None:
    await caller.fault(target="model", kind="status", status=503)
    with pytest.raises(InternalServerError):
        await completion(model, **asking("help"))
    assert (await completion(model, **asking("help"))).choices
    await caller.fault(target="model", kind="cut", at_byte=300)
    with pytest.raises(aiohttp.ClientPayloadError):
        await complete(caller, asking("help", stream=True))


async def test_the_clients_own_error_says_what_was_wrong(model: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="n must be 1"):
        await completion(model, **asking("help", n=2))
