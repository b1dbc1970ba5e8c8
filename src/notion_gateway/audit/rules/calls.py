"""Which tools a body calls, and which pages it names there."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from notion_gateway.access.rules.tool_calls import may_call_tool
from notion_gateway.audit.rules.entry import MAX_CHARACTERS
from notion_gateway.audit.rules.pages import pages_named

_CALL: Final = "tools/call"
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MAX_CALLS: Final = 50
"""Of one batch. MCP 2025-03-26 alone knows batches, and gives no number."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """``call_id`` and ``arguments`` as JSON has them."""

    tool: str
    pages: tuple[str, ...] = ()
    call_id: object = field(default=None, compare=False)
    arguments: object = field(default=None, repr=False, compare=False)


def calls_in(body: bytes) -> Sequence[ToolCall]:
    """Empty for a body that calls no tool, or that is no JSON: Notion decides what that one means,
    and it has no name for a tool in it.
    """
    if not may_call_tool(body):
        return ()
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    messages = cast("list[object]", document) if isinstance(document, list) else [document]
    found = (_call(one) for one in messages)
    return [one for one in found if one is not None][:_MAX_CALLS]


def fit_to_keep(text: str) -> str:
    """Of one line, of a bounded length, and of characters that every database takes."""
    cut = text[:MAX_CHARACTERS]
    # Almost every text is, and to see it takes a tenth of the time.
    return cut if cut.isascii() and cut.isprintable() else _UNFIT.sub("\ufffd", cut)


def _call(message: object) -> ToolCall | None:
    if not isinstance(message, Mapping):
        return None
    given = cast("Mapping[str, Any]", message)
    parameters = given.get("params")
    if given.get("method") != _CALL or not isinstance(parameters, Mapping):
        return None
    asked = cast("Mapping[str, Any]", parameters)
    tool = asked.get("name")
    named = fit_to_keep(tool) if isinstance(tool, str) else ""
    arguments = asked.get("arguments")
    return ToolCall(named, pages_named(arguments), given.get("id"), arguments)
