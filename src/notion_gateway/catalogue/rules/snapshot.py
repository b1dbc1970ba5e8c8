"""What is known of a space's tools, look after look, and what of it an owner has seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import final

from notion_gateway.catalogue.rules.changes import Change, compare
from notion_gateway.catalogue.rules.tools import Tool


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """``version`` counts the looks that found something new; 0 before the first.

    ``reading``: tools that a policy may take for reading ones. A tool that said otherwise before
    is among them once an owner has seen that: what may be called without asking must not change
    by Notion's word alone. ``seen``: tools that an owner has seen.
    """

    version: int = 0
    tools: tuple[Tool, ...] = ()
    reading: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.tools)

    def changes_to(self, tools: Sequence[Tool]) -> Sequence[Change]:
        """None for the first list, which is compared with nothing."""
        return compare(self.tools, tools) if self.version else ()

    def with_tools(self, tools: Sequence[Tool]) -> "Snapshot":
        """After a look that found these."""
        known, names = self.names, {one.name for one in tools}
        reading = frozenset(
            one.name
            for one in tools
            if one.says_it_reads and (one.name in self.reading or one.name not in known)
        )
        return Snapshot(self.version + 1, tuple(tools), reading, self.seen & names)

    def after_seen(self, changed_since: Collection[str]) -> "Snapshot":
        """An owner has seen all but the tools that have changed since they looked."""
        looked_at = [one for one in self.tools if one.name not in changed_since]
        return replace(
            self,
            reading=self.reading | {one.name for one in looked_at if one.says_it_reads},
            seen=self.seen | {one.name for one in looked_at},
        )
