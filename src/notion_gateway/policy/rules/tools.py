"""Tools by name: which there are, which of them only read, and names that could be taken for one.

Methods that show what is in a workspace by another way than a tool (``resources/read`` and its
like) stand among them, under their own names, so that a policy covers them in the same words.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from notion_gateway.access.rules.tool_limits import CONTENT_METHODS, READING_TOOLS

WRITING_TOOLS: Final = frozenset(
    f"notion-{name}"
    for name in [
        "convert-page-to-skill",
        "create-attachment",
        "create-comment",
        "create-database",
        "create-file-upload",
        "create-folder",
        "create-pages",
        "create-view",
        "delete-pages",
        "duplicate-page",
        "move-pages",
        "send-message-to-session",
        "spawn-session",
        "stop-session",
        "update-data-source",
        "update-folder",
        "update-page",
        "update-view",
        "upload-skill",
    ]
)
DELETING_TOOLS: Final = frozenset({"notion-delete-pages"})
"""Of those that write: nothing else is what they do. Others delete by some of their arguments."""
KNOWN_TOOLS: Final = READING_TOOLS | WRITING_TOOLS | CONTENT_METHODS
"""Those that this version was made with; any other is new."""

_NAME: Final = re.compile(r"[A-Za-z0-9_./-]{1,128}")
"""Of which a tool's name consists, by MCP's rules (2025-11-25, server/tools)."""
_PREFIX: Final = "notion-"
_BETWEEN: Final = re.compile(r"[-_./]")


@dataclass(frozen=True, slots=True)
class ListedTools:
    """What is known of the tools that Notion lists for a space, by their names. ``reading``: those
    that only read, by their annotations. ``seen``: those that an owner has seen.
    """

    reading: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    def reads(self, tool: str) -> bool:
        """Whether the tool only reads, as far as anybody knows."""
        return only_reads(tool, tool in self.reading)

    def seen_as_named(self) -> frozenset[str]:
        """Of ``seen``, what no careless reader would take for a known tool: what an owner has seen
        in a list is not what they have named themselves.
        """
        return _unmistakable(self.seen)

    def nameable(self) -> frozenset[str]:
        """What a policy may name of them."""
        return _unmistakable(self.reading | self.seen)


class Catalogue(Protocol):
    """What Notion says of its tools, where somebody has looked."""

    async def listed(self, space_id: str) -> ListedTools:
        """Raises StoreUnavailable."""
        ...


class NamesAlone:
    """Where nobody has looked: a tool that is not known by its name is taken to write."""

    async def listed(self, space_id: str) -> ListedTools:
        del space_id
        return ListedTools()


def only_reads(tool: str, by_annotations: bool | None = None) -> bool:
    """What is known by name is not asked of annotations: they come from the other side."""
    known = full_name(tool)
    if known in KNOWN_TOOLS:
        return known not in WRITING_TOOLS
    return by_annotations is True


def is_name(tool: str) -> bool:
    return _NAME.fullmatch(tool) is not None


def full_name(tool: str) -> str:
    """Notion's tools were once called without their prefix, and some clients still are given
    such names.
    """
    prefixed = _PREFIX + tool
    return prefixed if tool not in KNOWN_TOOLS and prefixed in KNOWN_TOOLS else tool


def lookalike(tool: str, named: frozenset[str]) -> str | None:
    """One of ``named`` that a careless reader would take ``tool`` for: it differs in capitals or
    in what stands between words.
    """
    if tool in named:
        return None
    spoken = _spoken(tool)
    return next((one for one in sorted(named) if _spoken(one) == spoken), None)


def _unmistakable(tools: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in tools if is_name(one) and lookalike(one, KNOWN_TOOLS) is None)


def _spoken(tool: str) -> str:
    return _BETWEEN.sub("", tool.casefold()).removeprefix("notion")
