"""Chat completions of OpenAI's form: whole, or as the chunks of a stream."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from notion_simulator.json_answers import compact
from notion_simulator.model.conversation import Turn
from notion_simulator.model.requests import MODEL_ID

CHARACTERS_PER_TOKEN = 4
ARGUMENT_PIECE_CHARACTERS = 12
DONE = "data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """A turn with what the wire needs; `created` in seconds since the epoch."""

    turn: Turn
    id: str
    call_id: str
    created: int
    prompt_characters: int

    @property
    def finish_reason(self) -> str:
        return "tool_calls" if self.turn.call is not None else "stop"

    @property
    def arguments(self) -> str:
        """The call's arguments as JSON text."""
        call = self.turn.call
        return json.dumps(call.arguments, ensure_ascii=False) if call is not None else ""

    @property
    def usage(self) -> dict[str, int]:
        """Estimated: a scripted model has no tokens."""
        prompt = _tokens(self.prompt_characters)
        answer = _tokens(len(self.turn.text) + len(self.arguments))
        return {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
        }


def whole(completion: Completion) -> dict[str, Any]:
    """Returns a `chat.completion` object."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": completion.turn.text or None,
        "refusal": None,
    }
    call = completion.turn.call
    if call is not None:
        function = {"name": call.name, "arguments": completion.arguments}
        message["tool_calls"] = [
            {"id": completion.call_id, "type": "function", "function": function}
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": completion.finish_reason,
    }
    return {
        **_head(completion, "chat.completion"),
        "choices": [choice],
        "usage": completion.usage,
    }


def events(completion: Completion, *, include_usage: bool) -> Iterator[str]:
    """Yields the events of a stream, each with its blank line, `[DONE]` last."""
    head = _head(completion, "chat.completion.chunk")
    extra: dict[str, Any] = {"usage": None} if include_usage else {}

    def event(delta: dict[str, Any], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return f"data: {compact({**head, 'choices': [choice], **extra})}\n\n"

    yield event({"role": "assistant", "content": ""})
    for piece in re.findall(r"\s*\S+\s*", completion.turn.text):
        yield event({"content": piece})
    call = completion.turn.call
    if call is not None:
        function = {"name": call.name, "arguments": ""}
        first = {"index": 0, "id": completion.call_id, "type": "function", "function": function}
        yield event({"tool_calls": [first]})
        text = completion.arguments
        for start in range(0, len(text), ARGUMENT_PIECE_CHARACTERS):
            piece = {"arguments": text[start : start + ARGUMENT_PIECE_CHARACTERS]}
            yield event({"tool_calls": [{"index": 0, "function": piece}]})
    yield event({}, completion.finish_reason)
    if include_usage:
        yield f"data: {compact({**head, 'choices': [], 'usage': completion.usage})}\n\n"
    yield DONE


def model_entry(created: int) -> dict[str, Any]:
    """Returns the only model as GET /v1/models shows it."""
    return {"id": MODEL_ID, "object": "model", "created": created, "owned_by": "notion-simulator"}


def _head(completion: Completion, kind: str) -> dict[str, Any]:
    return {
        "id": completion.id,
        "object": kind,
        "created": completion.created,
        "model": MODEL_ID,
    }


def _tokens(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_PER_TOKEN)
