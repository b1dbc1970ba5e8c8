"""What a policy makes of each tool, whatever its arguments, for people to look through."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from notion_gateway.policy.rules.deciding import Calling, decide_tool
from notion_gateway.policy.rules.document import Effect, PolicyDocument, Preset
from notion_gateway.policy.rules.taking_away import TakesAway, takes_away
from notion_gateway.policy.rules.tools import DELETING_TOOLS, KNOWN_TOOLS, full_name

WITHOUT_POLICY: Final = PolicyDocument(version=1, preset=Preset.EVERYTHING)
"""Where the first one begins."""
_A_PERSON: Final = Calling()


class ToolKind(StrEnum):
    READING = "reading"
    WRITING = "writing"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class JudgedTool:
    """``effect`` holds for whoever calls without a token; ``inherited`` would hold if the policy
    did not name the tool; ``rule`` names what decided, "" where there is no policy.
    """

    tool: str
    kind: ToolKind
    takes_away: TakesAway
    is_new: bool
    effect: Effect
    inherited: Effect
    rule: str


def judged_tools(
    policy: PolicyDocument | None, reads: Callable[[str], bool], also: Iterable[str] = ()
) -> Iterator[JudgedTool]:
    """Those that this version knows, those that the policy names, and ``also``; by their names.
    Without a policy every tool is allowed.
    """
    begins = policy or WITHOUT_POLICY
    for tool in sorted(KNOWN_TOOLS.union(begins.tools, begins.seen_tools, also)):
        only_reads = reads(tool)
        now = decide_tool(begins, tool, reads=only_reads, calling=_A_PERSON)
        unnamed = {name: effect for name, effect in begins.tools.items() if name != tool}
        without = begins.model_copy(update={"tools": unnamed})
        yield JudgedTool(
            tool=tool,
            kind=_kind(tool, only_reads=only_reads),
            takes_away=takes_away(tool),
            is_new=full_name(tool) not in KNOWN_TOOLS and tool not in begins.seen_tools,
            effect=Effect.ALLOW if policy is None else now.effect,
            inherited=decide_tool(without, tool, reads=only_reads, calling=_A_PERSON).effect,
            rule="" if policy is None else now.rule,
        )


def _kind(tool: str, *, only_reads: bool) -> ToolKind:
    if full_name(tool) in DELETING_TOOLS:
        return ToolKind.DELETING
    return ToolKind.READING if only_reads else ToolKind.WRITING
