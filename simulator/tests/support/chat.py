"""A chat as an application would have it: OpenAI's client for the model, MCP's for the tools."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from mcp.client import Client
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from support.caller import Caller, text_of

MODEL = "scripted-demo"
Messages = list[ChatCompletionMessageParam]
# Decides instead of a person, who may write other words into the arguments; a text is what the
# model is told instead of a result.
Decide = Callable[[str, dict[str, Any]], str | None]


@dataclass
class Called:
    """A tool call the model asked for; `text` is what it said with it."""

    name: str
    arguments: dict[str, Any]


@dataclass
class Answer:
    text: str
    calls: list[Called]

    @property
    def tools(self) -> list[str]:
        return [call.name for call in self.calls]


@dataclass
class Chat:
    model: AsyncOpenAI
    mcp: Client
    tools: list[ChatCompletionToolParam]
    prefix: str = ""
    messages: Messages = field(default_factory=list[ChatCompletionMessageParam])

    async def say(self, request: str, decide: Decide = lambda _name, _arguments: None) -> Answer:
        """Sends a request and follows the model's calls until it has answered."""
        self.messages.append({"role": "user", "content": request})
        calls: list[Called] = []
        texts: list[str] = []
        while True:
            text, identifier, called = await self._turn()
            texts.append(text)
            if called is None:
                self.messages.append({"role": "assistant", "content": text})
                return Answer("".join(texts), calls)
            calls.append(called)
            result = decide(called.name, called.arguments)
            self.messages.append(
                {
                    "role": "assistant",
                    "content": text or None,
                    "tool_calls": [
                        {
                            "id": identifier,
                            "type": "function",
                            "function": {
                                "name": self.prefix + called.name,
                                "arguments": json.dumps(called.arguments),
                            },
                        }
                    ],
                }
            )
            if result is None:
                answered = await self.mcp.call_tool(called.name, called.arguments)
                result = text_of(answered.content)
            self.messages.append({"role": "tool", "tool_call_id": identifier, "content": result})
            assert len(calls) < 10, "the model does not come to an end"

    async def _turn(self) -> tuple[str, str, Called | None]:
        text, identifier, name, arguments, reason = "", "", "", "", None
        stream = await self.model.chat.completions.create(
            model=MODEL, messages=self.messages, tools=self.tools, stream=True
        )
        async for chunk in stream:
            (choice,) = chunk.choices
            text += choice.delta.content or ""
            for piece in choice.delta.tool_calls or ():
                assert piece.index == 0
                assert piece.function is not None
                identifier += piece.id or ""
                name += piece.function.name or ""
                arguments += piece.function.arguments or ""
            reason = choice.finish_reason or reason
        assert reason == ("tool_calls" if name else "stop")
        called = Called(name.removeprefix(self.prefix), json.loads(arguments)) if name else None
        return text, identifier, called


async def given_tools(mcp: Client, prefix: str = "") -> list[ChatCompletionToolParam]:
    """Returns the server's tools as a chat hands them to a model."""
    return [
        {
            "type": "function",
            "function": {
                "name": prefix + tool.name,
                "description": tool.description or "",
                "parameters": cast("dict[str, object]", tool.input_schema),
            },
        }
        for tool in (await mcp.list_tools()).tools
    ]


def openai_client(caller: Caller, api_key: str = "any") -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{caller.url}/v1", api_key=api_key, max_retries=0)


@asynccontextmanager
async def chatting(
    caller: Caller, workspace: str = "Acme", prefix: str = ""
) -> AsyncGenerator[Chat]:
    """A chat whose person has connected `workspace`."""
    await caller.settings(auto_consent_workspace=workspace, model_chunk_interval_seconds=0)
    token = (await caller.connect()).access_token
    async with caller.client(token) as mcp, openai_client(caller) as model:
        yield Chat(model, mcp, await given_tools(mcp, prefix), prefix)
