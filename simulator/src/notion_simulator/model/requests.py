"""Chat completion requests of OpenAI's form, checked as strictly as OpenAI checks them.

A chat that works here is meant to work with a real model: calls without
answers, answers without calls and tool names with dots are refused.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from notion_simulator.model.conversation import Conversation, Exchange, ToolOffer
from notion_simulator.model.errors import ModelError, invalid, unknown_model
from notion_simulator.model.toolbox import schema_problem

MODEL_ID = "scripted-demo"
MAX_TOOLS = 128
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class _Wire(BaseModel):
    # Whatever else a client sends (temperature, stop, …) changes nothing here.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(_Wire):
    type: str
    text: str = ""


class FunctionCall(_Wire):
    name: str
    arguments: str


class CallIn(_Wire):
    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(_Wire):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[CallIn] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """The words of the content; images and files have none."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Function(_Wire):
    name: str
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])


class ToolIn(_Wire):
    type: Literal["function"]
    function: Function


class StreamOptions(_Wire):
    include_usage: bool = False


class Body(_Wire):
    model: str
    messages: list[Message] = Field(min_length=1)
    tools: list[ToolIn] | None = Field(default=None, max_length=MAX_TOOLS)
    tool_choice: Any = "auto"
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`prompt_characters` is the length of all messages, for the usage."""

    conversation: Conversation
    stream: bool
    include_usage: bool
    prompt_characters: int


def chat_request(body: bytes) -> ChatRequest:
    """Returns what a body asks for. Raises `ModelError`."""
    try:
        document: object = json.loads(body)
        # An escaped lone surrogate is JSON, and no text that could be answered with.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid("We could not parse the JSON body of your request.") from None
    try:
        wire = Body.model_validate(document)
    except ValidationError as error:
        raise _first_problem(error) from None
    if wire.model != MODEL_ID:
        raise unknown_model(wire.model)
    if wire.n not in {None, 1}:
        raise invalid("This model answers once: n must be 1.", "n", "unsupported_value")
    if wire.tool_choice not in ("auto", "none", None):
        message = "This model decides by itself: tool_choice must be auto or none."
        raise invalid(message, "tool_choice", "unsupported_value")
    if wire.stream_options is not None and not wire.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid(message, "stream_options")
    _check_tools(wire.tools or [])
    _check_order(wire.messages)
    return ChatRequest(
        conversation=_conversation(wire),
        stream=bool(wire.stream),
        include_usage=wire.stream_options is not None and wire.stream_options.include_usage,
        prompt_characters=sum(len(message.text) for message in wire.messages),
    )


def _first_problem(error: ValidationError) -> ModelError:
    first = error.errors(include_url=False)[0]
    path = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]
    ).lstrip(".")
    return invalid(f"Invalid value for '{path or 'body'}': {first['msg']}.", path or None)


def _check_tools(tools: Sequence[ToolIn]) -> None:
    for index, tool in enumerate(tools):
        place = f"tools[{index}].function"
        if TOOL_NAME.fullmatch(tool.function.name) is None:
            message = f"Invalid '{place}.name': it must match ^[a-zA-Z0-9_-]{{1,64}}$."
            raise invalid(message, f"{place}.name", "invalid_value")
        problem = schema_problem(tool.function.parameters)
        if problem is not None:
            message = f"Invalid schema for function '{tool.function.name}': {problem}"
            raise invalid(message, f"{place}.parameters", "invalid_function_parameters")


def _check_order(messages: Sequence[Message]) -> None:
    """Every tool call is answered at once, and nothing else is."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                text = (
                    f"Invalid parameter: messages[{index}] with role 'tool' must be a response to "
                    "a preceding message with 'tool_calls'."
                )
                raise invalid(text, f"messages[{index}].role")
            waiting.discard(message.tool_call_id)
            continue
        if waiting:
            break
        if message.role == "assistant" and message.tool_calls:
            waiting = {call.id for call in message.tool_calls}
    if waiting:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            f"to each 'tool_call_id'. Without a response: {', '.join(sorted(waiting))}"
        )
        raise invalid(text, "messages")


def _conversation(wire: Body) -> Conversation:
    messages = wire.messages
    asked = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    tools = (
        ()
        if wire.tool_choice == "none"
        else tuple(
            ToolOffer(tool.function.name, tool.function.parameters) for tool in wire.tools or ()
        )
    )
    return Conversation(
        request=messages[asked].text if asked >= 0 else "",
        exchanges=_exchanges(messages[asked + 1 :]),
        earlier=_exchanges(messages[: max(asked, 0)]),
        tools=tools,
        introduced=any(m.role == "assistant" and m.text.strip() for m in messages),
    )


def _exchanges(messages: Sequence[Message]) -> tuple[Exchange, ...]:
    calls = {call.id: call.function for m in messages for call in m.tool_calls or ()}
    return tuple(
        Exchange(function.name, _arguments(function.arguments), message.text)
        for message in messages
        if message.role == "tool" and (function := calls.get(message.tool_call_id or ""))
    )


def _arguments(text: str) -> dict[str, Any]:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
