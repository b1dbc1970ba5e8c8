"""One caller under one space's policy: which messages go on, and what they see of lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

from notion_gateway.access.rules.resource_news import READ
from notion_gateway.access.rules.tool_limits import CONTENT_METHODS
from notion_gateway.policy.errors import CallUnclear
from notion_gateway.policy.rules.deciding import Calling, Decision, ToolCall, decide, decide_tool
from notion_gateway.policy.rules.document import Effect, PolicyDocument
from notion_gateway.policy.rules.lists import ListFilter
from notion_gateway.policy.rules.messages import CALL, CALLS, Body, Message
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, full_name, is_name, lookalike


@dataclass(frozen=True, slots=True)
class Judged:
    """A message that could call something, and what the policy says of it. ``tool``: what it
    calls, or the method that brings contents in another way.
    """

    message: Message
    tool: str
    decision: Decision


@final
@dataclass(frozen=True)
class Guard:
    """``reads``: whether a tool only reads, as far as anybody knows."""

    policy: PolicyDocument = field(repr=False)
    calling: Calling
    reads: Callable[[str], bool] = field(repr=False)

    def judge(self, body: Body) -> Sequence[Judged]:
        """Of each message that calls, reads or gets something. Raises CallUnclear."""
        return [found for one in body.messages if (found := self._judge(one)) is not None]

    def _judge(self, message: Message) -> Judged | None:
        method = message.method
        if method == CALL:
            tool, arguments = message.name, message.params.get("arguments", {})
            self.require_one_reading(tool)
        elif message.reads_resources:
            tool, arguments = READ, message.params
        elif method in CONTENT_METHODS:
            tool, arguments = str(method), message.params
        else:
            return None
        return Judged(message, tool, self.decide(tool, arguments))

    def decide(self, tool: str, arguments: dict[str, Any]) -> Decision:
        call = ToolCall(tool, self.reads(tool), arguments)
        return decide(self.policy, call, self.calling)

    def require_one_reading(self, tool: str) -> None:
        """Raises CallUnclear for a name that could be taken for another."""
        if not is_name(tool):
            raise CallUnclear("This space has a policy, and the tool's name is none that MCP has.")
        named = self._named
        meant = None if full_name(tool) in named else lookalike(tool, named)
        if meant is not None:
            raise CallUnclear(
                f"This space has a policy, and {tool} could be taken for {meant}: call tools by"
                " their exact names."
            )

    @cached_property
    def _named(self) -> frozenset[str]:
        return KNOWN_TOOLS | self.policy.tools.keys() | frozenset(self.policy.seen_tools)

    def shows(self, tool: str) -> bool:
        found = decide_tool(self.policy, tool, reads=self.reads(tool), calling=self.calling)
        return found.effect is not Effect.BLOCK

    @property
    def filter(self) -> ListFilter:
        return ListFilter(self.shows)


def may_list(body: Body) -> bool:
    """Whether the answer may hold a list. Of calls alone it does not: theirs are the long ones."""
    return not all(one.method in CALLS for one in body.messages)
