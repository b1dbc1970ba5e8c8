"""The scripted model behind as much of Anthropic's, OpenAI's and Google's API as clients need."""

import json
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.prove_clients.model import Call, Conversation, Offered, Say
from tests.support.serving import listen, port_of

Json = dict[str, Any]
# Each call has an id of its own: a client drops the second result for one that it knows.


def anthropic(request: Json) -> list[Json]:
    """The events of ``POST /v1/messages``."""
    conversation = Conversation()
    for message in request["messages"]:
        for block in _blocks(message["content"]):
            match block:
                case {"type": "tool_result"}:
                    conversation.see(_text(block.get("content", "")))
                case {"type": "text", "text": str(text)} if message["role"] == "user":
                    conversation.hear(text)
                case _:
                    pass
    tools = [Offered(one["name"], one.get("description", "")) for one in request.get("tools") or ()]
    started: Json
    match conversation.next(tools):
        case Say(text):
            started, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": text}
            stop = "end_turn"
        case Call(tool, arguments):
            started = {
                "type": "tool_use",
                "id": f"toolu_{secrets.token_hex(8)}",
                "name": tool,
                "input": {},
            }
            delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
            stop = "tool_use"
    usage = {"input_tokens": 1, "output_tokens": 1}
    begun: Json = {
        "id": f"msg_{secrets.token_hex(8)}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": started},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]


def openai(request: Json) -> list[Json]:
    """The chunks of ``POST /v1/chat/completions``."""
    conversation = Conversation()
    for message in request["messages"]:
        text = _text(message.get("content") or "")
        if message["role"] == "tool":
            conversation.see(text)
        elif message["role"] == "user":
            conversation.hear(text)
    functions = [one["function"] for one in request.get("tools") or ()]
    tools = [Offered(one["name"], one.get("description", "")) for one in functions]
    delta: Json
    match conversation.next(tools):
        case Say(text):
            delta, stop = {"role": "assistant", "content": text}, "stop"
        case Call(tool, arguments):
            function = {"name": tool, "arguments": json.dumps(arguments)}
            call = {
                "index": 0,
                "id": f"call_{secrets.token_hex(8)}",
                "type": "function",
                "function": function,
            }
            delta, stop = {"role": "assistant", "tool_calls": [call]}, "tool_calls"
    head = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": request["model"],
    }
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": stop}], "usage": usage},
    ]


def google(request: Json) -> list[Json]:
    """The chunks of ``POST …:streamGenerateContent``."""
    conversation = Conversation()
    for content in request["contents"]:
        for part in content["parts"]:
            match part:
                case {"functionResponse": {"response": answer}}:
                    conversation.see(json.dumps(answer))
                case {"text": str(text)} if content.get("role") == "user":
                    conversation.hear(text)
                case _:
                    pass
    declared = [
        one for tool in request.get("tools") or () for one in tool.get("functionDeclarations") or ()
    ]
    tools = [Offered(one["name"], one.get("description", "")) for one in declared]
    part: Json
    match conversation.next(tools):
        case Say(text):
            part = {"text": text}
        case Call(tool, arguments):
            part = {"functionCall": {"name": tool, "args": dict(arguments)}}
    candidate = {
        "content": {"role": "model", "parts": [part]},
        "finishReason": "STOP",
        "index": 0,
    }
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return [{"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}]


@asynccontextmanager
async def serving_model() -> AsyncGenerator[str]:
    """Its address."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/messages", _messages)
    app.router.add_post("/v1/messages/count_tokens", _count)
    app.router.add_post("/v1/chat/completions", _completions)
    app.router.add_post("/v1beta/models/{call}", _contents)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = listen()
    await web.SockSite(runner, listener).start()
    try:
        yield f"http://127.0.0.1:{port_of(listener)}"
    finally:
        await runner.cleanup()


async def _messages(request: web.Request) -> web.Response:
    asked = await request.json()
    events = anthropic(asked)
    if asked.get("stream"):
        return _stream(events, named=True)
    message, block, delta = (events[0]["message"], events[1]["content_block"], events[2]["delta"])
    if block["type"] == "text":
        content = {"type": "text", "text": delta["text"]}
    else:
        content = {**block, "input": json.loads(delta["partial_json"])}
    stop = events[4]["delta"]["stop_reason"]
    return web.json_response({**message, "content": [content], "stop_reason": stop})


async def _count(request: web.Request) -> web.Response:
    del request
    return web.json_response({"input_tokens": 1})


async def _completions(request: web.Request) -> web.Response:
    return _stream(openai(await request.json()), end="[DONE]")


async def _contents(request: web.Request) -> web.Response:
    answers = google(await request.json())
    call = request.match_info["call"]
    if call.endswith(":streamGenerateContent"):
        return _stream(answers)
    if call.endswith(":countTokens"):
        return web.json_response({"totalTokens": 1})
    return web.json_response(answers[0])


def _stream(events: Sequence[Json], *, named: bool = False, end: str = "") -> web.Response:
    lines = [
        (f"event: {event['type']}\n" if named else "") + f"data: {json.dumps(event)}\n\n"
        for event in events
    ]
    if end:
        lines.append(f"data: {end}\n\n")
    return web.Response(text="".join(lines), content_type="text/event-stream")


def _blocks(content: str | list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(content: str | list[Mapping[str, Any]]) -> str:
    return "".join(str(block.get("text", "")) for block in _blocks(content))
