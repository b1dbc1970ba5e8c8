"""What a policy makes of a call: allowed, asked about or blocked, and by which rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from notion_gateway.policy.rules.conditions import holds
from notion_gateway.policy.rules.document import (
    ArgumentRule,
    CallerRules,
    Effect,
    PolicyDocument,
    Preset,
    Rules,
)
from notion_gateway.policy.rules.presets import PRESETS
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, full_name

_STRICTNESS: Final = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.BLOCK: 2}


@dataclass(frozen=True, slots=True)
class Decision:
    """``rule`` names what decided, as a path into the document or as the preset's own word.
    ``by_arguments``: the same tool with others may be let through. ``path``: where in the
    arguments that rule looked.
    """

    effect: Effect
    rule: str
    by_arguments: bool = False
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Calling:
    """Who calls. ``token``: what their gateway token, or their MCP client's login, is listed
    under; None for people and applications. ``client``: the OAuth client's id, whichever login.
    """

    token: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """``reads``: whether the tool only reads, as far as anybody knows. ``arguments`` is whatever
    stands there.
    """

    tool: str
    reads: bool
    arguments: object = field(default_factory=dict[str, object], repr=False)


def decide(policy: PolicyDocument, call: ToolCall, calling: Calling) -> Decision:
    """The strictest of what the space says, and what it says of this caller besides."""
    return _strictest([one.of_call(call) for one in _applying(policy, calling)])


def decide_tool(policy: PolicyDocument, tool: str, *, reads: bool, calling: Calling) -> Decision:
    """The same of a tool, whatever its arguments: what is blocked here is not listed."""
    call = ToolCall(tool, reads)
    return _strictest([one.of_tool(call) for one in _applying(policy, calling)])


def by_arguments(policy: PolicyDocument, tool: str, calling: Calling) -> Sequence[Decision]:
    """What each rule about the tool's arguments makes of calls that it holds for."""
    return [
        Decision(rule.then, place, by_arguments=True, path=rule.path)
        for one in _applying(policy, calling)
        for place, rule in one.about(tool)
    ]


def is_stricter(one: Effect, other: Effect) -> bool:
    return _STRICTNESS[one] > _STRICTNESS[other]


def _strictest(decisions: Sequence[Decision]) -> Decision:
    return max(decisions, key=lambda one: _STRICTNESS[one.effect])


def _applying(policy: PolicyDocument, calling: Calling) -> "list[_RuleSet]":
    seen = frozenset(policy.seen_tools)
    found = [_RuleSet(policy, policy.preset, seen)]
    for number, one in enumerate(policy.callers):
        if _is_about(one, calling):
            found.append(_RuleSet(one, one.preset, seen, f"callers[{number}]."))
    return found


def _is_about(rules: CallerRules, calling: Calling) -> bool:
    if rules.client is not None:
        return rules.client == calling.client
    if calling.token is None:
        return False
    return rules.any_token is True or rules.token == calling.token


@final
@dataclass(frozen=True, slots=True)
class _RuleSet:
    """``where``: how the document leads to it."""

    rules: Rules
    preset: Preset
    seen: frozenset[str]
    where: str = ""

    def of_call(self, call: ToolCall) -> Decision:
        decisions = [self.of_tool(call)]
        decisions += [
            Decision(rule.then, place, by_arguments=True, path=rule.path)
            for place, rule in self.about(call.tool)
            if holds(rule, call.arguments)
        ]
        return _strictest(decisions)

    def about(self, tool: str) -> Iterator[tuple[str, ArgumentRule]]:
        """The rules about its arguments, each with how it is named."""
        full = full_name(tool)
        of_preset = [(f"preset {self.preset}", one) for one in PRESETS[self.preset].arguments]
        own = [(f"arguments[{number}]", one) for number, one in enumerate(self.rules.arguments)]
        for place, rule in [*of_preset, *own]:
            if full_name(rule.tool) == full:
                yield f"{self.where}{_named(place, rule)}", rule

    def of_tool(self, call: ToolCall) -> Decision:
        full = full_name(call.tool)
        found = [self._of_name(full, reads=call.reads)]
        if call.tool != full and call.tool in self.rules.tools:
            found.append(self._of_name(call.tool, reads=call.reads))
        return _strictest(found)

    def _of_name(self, tool: str, *, reads: bool) -> Decision:
        begins = PRESETS[self.preset]
        if tool in self.rules.tools:
            return Decision(self.rules.tools[tool], f"{self.where}tools.{tool}")
        if tool in begins.tools:
            return Decision(begins.tools[tool], f"{self.where}preset {self.preset}")
        is_new = tool not in KNOWN_TOOLS and tool not in self.seen
        given = self.rules.new_tools if is_new else self.rules.otherwise
        kind = "reading" if reads else "writing"
        if given is not None:
            place = "new_tools" if is_new else "otherwise"
            return Decision(getattr(given, kind), f"{self.where}{place}.{kind}")
        by_preset = begins.new_tools if is_new else begins.otherwise
        if is_new and self.where and self.preset is Preset.EVERYTHING:
            by_preset = begins.otherwise  # it is narrower where it says so, not by itself
        new = "new tools, " if is_new else ""
        return Decision(getattr(by_preset, kind), f"{self.where}preset {self.preset} ({new}{kind})")


def _named(place: str, rule: ArgumentRule) -> str:
    if rule.name is not None:
        return f"{place} ({rule.name})"
    return f"{place} ({rule.tool} {rule.path})"
