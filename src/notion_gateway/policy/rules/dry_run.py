"""What a policy would make of calls, without any being made."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.policy.errors import CallUnclear
from notion_gateway.policy.rules.deciding import (
    Calling,
    Decision,
    by_arguments,
    decide_tool,
    is_stricter,
)
from notion_gateway.policy.rules.document import Effect, PolicyDocument
from notion_gateway.policy.rules.guard import Guard
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, ListedTools

_CALL: Final = "call"
_NOTHING_LISTED: Final = ListedTools()


@dataclass(frozen=True, slots=True)
class GivenCall:
    """``arguments`` is None where nobody knows them. ``token``: with which one it would be made,
    ``client``: by which OAuth client.
    ``count``: how many such calls it stands for.
    """

    tool: str
    arguments: dict[str, Any] | None = None
    token: str | None = None
    count: int = 1
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """``stricter``: what would happen besides, by arguments that are not known."""

    call: GivenCall
    decision: Decision
    stricter: Sequence[Decision] = field(default=())


def every_tool(
    policy: PolicyDocument, token: str | None = None, also: Iterable[str] = ()
) -> Sequence[GivenCall]:
    """A call of each tool that is known or named, and of ``also``, with whatever arguments."""
    named = KNOWN_TOOLS.union(policy.tools, policy.seen_tools, also)
    return [GivenCall(one, token=token) for one in sorted(named)]


def dry_run(
    policy: PolicyDocument, calls: Iterable[GivenCall], listed: ListedTools = _NOTHING_LISTED
) -> Iterator[Judged]:
    """As the space's gateway would judge them, by the same guard. ``listed``: what is known of the
    tools that Notion lists for the space.
    """
    policy = policy.with_seen(listed.seen_as_named())
    return (
        _judged(Guard(policy, Calling(one.token, one.client), listed.reads), one) for one in calls
    )


def _judged(guard: Guard, one: GivenCall) -> Judged:
    try:
        guard.require_one_reading(one.tool)
    except CallUnclear as fault:
        return Judged(one, Decision(Effect.BLOCK, fault.reason))
    if one.arguments is not None:
        return Judged(one, guard.decide(one.tool, one.arguments))
    policy, calling = guard.policy, guard.calling
    least = decide_tool(policy, one.tool, reads=guard.reads(one.tool), calling=calling)
    more = by_arguments(policy, one.tool, calling)
    return Judged(one, least, [each for each in more if is_stricter(each.effect, least.effect)])


def read_calls(text: str, token: str | None = None) -> Sequence[GivenCall]:
    """One call in each line: ``{"tool", "arguments", "token"}``, a JSON-RPC ``tools/call``, or an
    entry of the audit's export, of which those are left out that are no call of a tool. Raises
    InvalidRequest with the line.
    """
    found = (
        _call(number, line, token)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    )
    return [one for one in found if one is not None]


def _call(number: int, line: str, token: str | None) -> GivenCall | None:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidRequest(f"Line {number}: this is no JSON.") from None
    document = _object(found)
    if "kind" in document:
        return _recorded(document, token)
    params = _object(document.get("params")) if "params" in document else document
    tool: object = params.get("tool", params.get("name"))
    arguments: object = params.get("arguments", {})
    own: object = document.get("token", token)
    if not isinstance(tool, str) or not isinstance(arguments, dict):
        raise InvalidRequest(
            f'Line {number}: a call is {{"tool": …, "arguments": {{…}}}}, a tools/call message, or'
            " a line of audit export."
        )
    if own is not None and not isinstance(own, str):
        raise InvalidRequest(f"Line {number}: token is the id that it is listed under.")
    return GivenCall(tool, cast("dict[str, Any]", arguments), own)


def _recorded(entry: dict[str, Any], token: str | None) -> GivenCall | None:
    tool = entry.get("tool")
    if entry["kind"] != _CALL or not isinstance(tool, str) or not tool:
        return None
    count = entry.get("calls")
    return GivenCall(
        tool,
        _recorded_arguments(entry.get("arguments")),
        entry.get("token") or token,
        count if isinstance(count, int) else 1,
    )


def _recorded_arguments(text: object) -> dict[str, Any] | None:
    """None where they were not recorded, or were cut."""
    try:
        found: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
