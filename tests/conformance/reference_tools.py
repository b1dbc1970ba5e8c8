"""Tools that the conformance suite calls on a reference server."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    PromptsListChanged,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata

from tests.conformance.reference_content import WAV, Context, embedded, image, text
from tests.conformance.reference_rounds import (
    ROUNDS,
    Outcome,
    Rounds,
    ask_what_is_declared,
    form,
    require_sampling,
)

Schema = dict[str, Any]
Run = Callable[[Context, types.CallToolRequestParams], Awaitable[Outcome]]

_STEP_SECONDS = 0.05
_NO_ARGUMENTS: Schema = {"type": "object", "properties": {}}
BUS = InMemorySubscriptionBus()


@dataclass(frozen=True, slots=True)
class Tool:
    run: Run
    schema: Schema = field(default_factory=lambda: dict(_NO_ARGUMENTS))


def saying(*contents: types.ContentBlock, is_error: bool = False) -> Tool:
    async def run(_: Context, __: types.CallToolRequestParams) -> Outcome:
        return types.CallToolResult(content=list(contents), is_error=is_error)

    return Tool(run)


def asking(rounds: Rounds) -> Tool:
    async def run(_: Context, params: types.CallToolRequestParams) -> Outcome:
        return rounds.answer(params)

    return Tool(run)


def _said(value: str) -> types.CallToolResult:
    return types.CallToolResult(content=[text(value)])


# --- while a call runs --------------------------------------------------------------------


async def _log(context: Context, line: str) -> None:
    await context.session.send_notification(
        types.LoggingMessageNotification(
            params=types.LoggingMessageNotificationParams(level="info", data=line)
        ),
        related_request_id=context.request_id,
    )


async def log_in_steps(context: Context, _: types.CallToolRequestParams) -> Outcome:
    await _log(context, "Tool execution started")
    await asyncio.sleep(_STEP_SECONDS)
    await _log(context, "Tool processing data")
    await asyncio.sleep(_STEP_SECONDS)
    await _log(context, "Tool execution completed")
    return _said("Logged three lines.")


async def log_if_wanted(context: Context, _: types.CallToolRequestParams) -> Outcome:
    """2026-07-28 logs only for a request that names a level (SEP-2575)."""
    if context.meta is not None and types.LOG_LEVEL_META_KEY in context.meta:
        await _log(context, "Tool execution started")
    return _said("Logged where that was wanted.")


async def report_progress(context: Context, _: types.CallToolRequestParams) -> Outcome:
    for percent in (0, 50, 100):
        await context.session.report_progress(percent, 100, f"{percent} of 100")
        await asyncio.sleep(_STEP_SECONDS)
    return _said("Reported progress three times.")


async def end_stream_early(context: Context, _: types.CallToolRequestParams) -> Outcome:
    """Ends the event stream before the answer is there; it waits for a resumption (SEP-1699)."""
    if context.close_sse_stream is not None:
        await context.close_sse_stream()
    await asyncio.sleep(2 * _STEP_SECONDS)
    return _said("Answered after the stream was taken up again.")


# --- the server asks the client -----------------------------------------------------------


async def sample(context: Context, params: types.CallToolRequestParams) -> Outcome:
    prompt = str((params.arguments or {}).get("prompt", ""))
    message = types.SamplingMessage(role="user", content=text(prompt))
    answer = await context.session.send_request(
        types.CreateMessageRequest(
            params=types.CreateMessageRequestParams(messages=[message], max_tokens=100)
        ),
        types.CreateMessageResult,
        metadata=ServerMessageMetadata(related_request_id=context.request_id),
    )
    return _said(f"LLM response: {answer.content}")


def eliciting(message: str, properties: Schema, required: list[str] | None = None) -> Tool:
    """``message`` may be replaced by an argument of that name."""
    schema: Schema = {"type": "object", "properties": properties}
    if required is not None:
        schema["required"] = required

    async def run(context: Context, params: types.CallToolRequestParams) -> Outcome:
        asked = str((params.arguments or {}).get("message", message))
        answer = await context.session.elicit_form(asked, schema, context.request_id)
        return _said(f"User response: action={answer.action}, content={answer.content}")

    arguments = {"type": "object", "properties": {"message": {"type": "string"}}}
    return Tool(run, arguments)


_PERSON: Schema = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}
_DEFAULTS: Schema = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {
        "type": "string",
        "enum": ["active", "inactive", "pending"],
        "default": "active",
    },
    "verified": {"type": "boolean", "default": True},
}
_OPTIONS = ["option1", "option2", "option3"]
_TITLED = [
    {"const": "value1", "title": "First Option"},
    {"const": "value2", "title": "Second Option"},
    {"const": "value3", "title": "Third Option"},
]
_ENUMS: Schema = {
    "untitledSingle": {"type": "string", "enum": _OPTIONS},
    "titledSingle": {"type": "string", "oneOf": _TITLED},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": _TITLED}},
}


# --- lists that change, schemas that must arrive whole ------------------------------------


def announcing(event: ToolsListChanged | PromptsListChanged) -> Tool:
    async def run(_: Context, __: types.CallToolRequestParams) -> Outcome:
        await BUS.publish(event)
        return _said("Announced.")

    return Tool(run)


async def echo_region(_: Context, params: types.CallToolRequestParams) -> Outcome:
    return _said(f"Region: {(params.arguments or {}).get('region')}")


_REGION: Schema = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
    "required": ["region"],
}
_SCHEMA_2020_12: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

_MIXED = embedded(
    "test://mixed-content-resource", '{"test":"data","value":123}', "application/json"
)

TOOLS: Mapping[str, Tool] = {
    "test_simple_text": saying(text("This is a simple text response for testing.")),
    "test_image_content": saying(image()),
    "test_audio_content": saying(types.AudioContent(data=WAV, mime_type="audio/wav")),
    "test_embedded_resource": saying(
        embedded("test://embedded-resource", "This is an embedded resource content.")
    ),
    "test_multiple_content_types": saying(text("Multiple content types test:"), image(), _MIXED),
    "test_error_handling": saying(
        text("This tool intentionally returns an error for testing"), is_error=True
    ),
    "test_tool_with_logging": Tool(log_in_steps),
    "test_logging_tool": Tool(log_if_wanted),
    "test_tool_with_progress": Tool(report_progress),
    "test_reconnection": Tool(end_stream_early),
    "test_sampling": Tool(sample, {"type": "object", "properties": {"prompt": {"type": "string"}}}),
    "test_elicitation": eliciting("Who are you?", _PERSON, ["username", "email"]),
    "test_elicitation_sep1034_defaults": eliciting("Check these, please.", _DEFAULTS),
    "test_elicitation_sep1330_enums": eliciting("Choose, please.", _ENUMS),
    "json_schema_2020_12_tool": Tool(saying(text("Called.")).run, _SCHEMA_2020_12),
    "test_mirrored_header": Tool(echo_region, _REGION),
    "test_missing_capability": Tool(require_sampling),
    "test_streaming_elicitation": asking(Rounds(({"asked": form("Who are you?", "name")},))),
    "test_trigger_tool_change": announcing(ToolsListChanged()),
    "test_trigger_prompt_change": announcing(PromptsListChanged()),
    "test_input_required_result_capabilities": Tool(ask_what_is_declared),
    **{name: asking(rounds) for name, rounds in ROUNDS.items()},
}


async def list_tools(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    tools = [
        types.Tool(name=name, description=name.replace("_", " "), input_schema=tool.schema)
        for name, tool in TOOLS.items()
    ]
    return types.ListToolsResult(tools=tools)


async def call_tool(context: Context, params: types.CallToolRequestParams) -> Outcome:
    tool = TOOLS.get(params.name)
    if tool is None:
        raise MCPError(types.INVALID_PARAMS, f"Tool {params.name} not found")
    return await tool.run(context, params)
