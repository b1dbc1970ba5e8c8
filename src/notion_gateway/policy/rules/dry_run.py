"""What a policy would make of calls, without any being made."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.policy.rules.deciding import Calling, Decision, ToolCall, decide
from notion_gateway.policy.rules.document import PolicyDocument
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, only_reads


@dataclass(frozen=True, slots=True)
class GivenCall:
    """``token``: with which one it would be made."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    token: str | None = None


def every_tool(policy: PolicyDocument, token: str | None = None) -> Sequence[GivenCall]:
    """A call without arguments of each tool that is known or named."""
    named = KNOWN_TOOLS | policy.tools.keys() | frozenset(policy.seen_tools)
    return [GivenCall(one, token=token) for one in sorted(named)]


def dry_run(
    policy: PolicyDocument, calls: Iterable[GivenCall]
) -> Iterator[tuple[GivenCall, Decision]]:
    for one in calls:
        call = ToolCall(one.tool, only_reads(one.tool), one.arguments)
        yield one, decide(policy, call, Calling(one.token))


def read_calls(text: str, token: str | None = None) -> Sequence[GivenCall]:
    """One call in each line: ``{"tool", "arguments", "token"}``, or a JSON-RPC ``tools/call``.
    Raises InvalidRequest with the line.
    """
    return [
        _call(number, line, token)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]


def _call(number: int, line: str, token: str | None) -> GivenCall:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidRequest(f"Line {number}: this is no JSON.") from None
    document = _object(found)
    params = _object(document.get("params")) if "params" in document else document
    tool: object = params.get("tool", params.get("name"))
    arguments: object = params.get("arguments", {})
    own: object = document.get("token", token)
    if not isinstance(tool, str) or not isinstance(arguments, dict):
        raise InvalidRequest(
            f'Line {number}: a call is {{"tool": …, "arguments": {{…}}}}, or a tools/call message.'
        )
    if own is not None and not isinstance(own, str):
        raise InvalidRequest(f"Line {number}: token is the id that it is listed under.")
    return GivenCall(tool, cast("dict[str, Any]", arguments), own)


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
