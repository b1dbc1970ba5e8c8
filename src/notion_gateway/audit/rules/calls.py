"""Which tools a body calls, and which pages it names there."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from notion_gateway.access.rules.tool_calls import may_call_tool
from notion_gateway.audit.rules.entry import MAX_CHARACTERS
from notion_gateway.audit.rules.pages import NO_PAGES, NamedPages, pages_named
from notion_gateway.kernel.json import json_object, read_json

_CALL: Final = "tools/call"
_Asked = tuple[object, Mapping[str, Any]]
_CLIENT: Final = "io.modelcontextprotocol/clientInfo"
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MAX_CALLS: Final = 200
"""Of one batch, each as one. MCP 2025-03-26 alone knows batches, and gives no number."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """``mcp_client``: the program's name and version, where the call says them (MCP 2026-07-28,
    ``_meta``). ``call_id`` and ``arguments`` as JSON has them. ``count``: how many calls it stands
    for; ``tool`` is empty where they call several.
    """

    tool: str
    named: NamedPages = NO_PAGES
    mcp_client: str = ""
    call_id: object = field(default=None, compare=False)
    arguments: object = field(default=None, repr=False, compare=False)
    count: int = 1


def calls_in(body: bytes) -> Sequence[ToolCall] | None:
    """Empty for a body that calls no tool. Those of a batch beyond MAX_CALLS are one.

    None where nobody can tell: it is compressed, no JSON, or has a member twice, of which one
    reader takes the first and another the last.
    """
    if not body:
        return ()
    try:
        document: object = json.loads(body)
        messages = cast("list[object]", document) if isinstance(document, list) else [document]
        asked = [one for one in map(_asked, messages) if one is not None]
        if not asked and may_call_tool(body) and read_json(body)[1]:
            return None
    except (ValueError, RecursionError):
        return None
    return [*map(_call, asked[:MAX_CALLS]), *_together(asked[MAX_CALLS:])]


def fit_to_keep(text: str) -> str:
    """Of one line, of a bounded length, and of characters that every database takes."""
    cut = text[:MAX_CHARACTERS]
    # Almost every text is, and to see it takes a tenth of the time.
    return cut if cut.isascii() and cut.isprintable() else _UNFIT.sub("\ufffd", cut)


def _asked(message: object) -> _Asked | None:
    """The id and the parameters of a call."""
    if not isinstance(message, Mapping):
        return None
    given = cast("Mapping[str, Any]", message)
    parameters = given.get("params")
    if given.get("method") != _CALL or not isinstance(parameters, Mapping):
        return None
    return given.get("id"), cast("Mapping[str, Any]", parameters)


def _call(asked: _Asked) -> ToolCall:
    call_id, parameters = asked
    arguments = parameters.get("arguments")
    named, client = pages_named(arguments), _client(parameters)
    return ToolCall(_tool(asked), named, client, call_id, arguments)


def _together(rest: Sequence[_Asked]) -> Iterator[ToolCall]:
    if rest:
        tools = {_tool(one) for one in rest}
        named = pages_named([parameters.get("arguments") for _, parameters in rest])
        yield ToolCall(tools.pop() if len(tools) == 1 else "", named, count=len(rest))


def _tool(asked: _Asked) -> str:
    tool = asked[1].get("name")
    return fit_to_keep(tool) if isinstance(tool, str) else ""


def program_from_now(body: bytes) -> str:
    """What an ``initialize`` says that the program is, ``name/version``: until 2026-07-28 it says
    so there alone. Empty for any other body.
    """
    if b"initialize" not in body:
        return ""
    message = json_object(body)
    if message is None or message.get("method") != "initialize":
        return ""
    parameters = message.get("params")
    if not isinstance(parameters, Mapping):
        return ""
    return _program(cast("Mapping[str, object]", parameters).get("clientInfo"))


def _client(parameters: Mapping[str, Any]) -> str:
    """``name/version``; empty where the call does not say it."""
    meta = parameters.get("_meta")
    return (
        _program(cast("Mapping[str, Any]", meta).get(_CLIENT)) if isinstance(meta, Mapping) else ""
    )


def _program(told: object) -> str:
    if not isinstance(told, Mapping):
        return ""
    info = cast("Mapping[str, object]", told)
    parts = [part for one in ("name", "version") if isinstance(part := info.get(one), str) and part]
    return fit_to_keep("/".join(parts))
