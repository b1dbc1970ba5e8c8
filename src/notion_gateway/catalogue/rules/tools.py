"""A list of tools as Notion gave it: read within bounds, or refused as a whole.

Nothing of it is believed but what a policy may go by: whether a tool says that it only reads.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final, cast

from notion_gateway.catalogue.rules.texts import cleaned, has_hidden, shown

MAX_TOOLS: Final = 500
_MAX_STORED_CHARACTERS: Final = 2 * 1024 * 1024
_LONGEST_NAME: Final = 128
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
_COMPARED: Final = (
    "name",
    "title",
    "description",
    "annotations",
    "inputSchema",
    "outputSchema",
)
"""Of a tool's members. Others, such as ``_meta``, may be different in each answer."""


class LookFailure(StrEnum):
    """Why a look brought no list. Closed list; a reason is added, never renamed."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    UNCLEAR = "unclear"


class ListUnusable(ValueError):
    """The list cannot be kept as a whole; what is known stays."""

    def __init__(self, failure: LookFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class Effect(StrEnum):
    """What a tool says of itself. One that says nothing may destroy (MCP, ToolAnnotations)."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True, slots=True)
class Tool:
    """Texts as they may be shown. ``sha256``: of what Notion sent, cut and cleaned of nothing.
    ``has_hidden``: of characters that nobody sees.
    """

    name: str
    title: str
    description: str
    annotations: Mapping[str, Any]
    input_schema: Any
    output_schema: Any
    sha256: str
    has_hidden: bool

    @property
    def effect(self) -> Effect:
        """Whoever says that it only reads, and may destroy, is not believed the first."""
        if self.annotations.get("destructiveHint") is True:
            return Effect.DESTRUCTIVE
        if self.annotations.get("readOnlyHint") is True:
            return Effect.READ
        return Effect.WRITE if "destructiveHint" in self.annotations else Effect.DESTRUCTIVE

    @property
    def says_it_reads(self) -> bool:
        return self.effect is Effect.READ


def read_tools(listed: Sequence[object]) -> tuple[Tool, ...]:
    """All pages of ``tools/list``, in one. Raises ListUnusable: of a list of which a part was left
    out, nobody could say what is missing.
    """
    if len(listed) > MAX_TOOLS:
        raise ListUnusable(LookFailure.TOO_LARGE)
    tools = tuple(_tool(one) for one in listed)
    if len({one.name for one in tools}) < len(tools):
        raise ListUnusable(LookFailure.UNCLEAR)
    if len(json.dumps(written(tools))) > _MAX_STORED_CHARACTERS:
        raise ListUnusable(LookFailure.TOO_LARGE)
    return tools


def written(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [asdict(one) for one in tools]


def stored(rows: Sequence[Mapping[str, Any]]) -> tuple[Tool, ...]:
    """As ``written``; a member that a newer version has added is left out."""
    names = [one.name for one in fields(Tool)]
    return tuple(Tool(**{name: row[name] for name in names}) for row in rows)


def _tool(found: object) -> Tool:
    if not isinstance(found, dict):
        raise ListUnusable(LookFailure.UNCLEAR)
    members = cast("dict[str, object]", found)
    name = members.get("name")
    if not isinstance(name, str) or not name:
        raise ListUnusable(LookFailure.UNCLEAR)
    compared = {key: members[key] for key in _COMPARED if key in members}
    annotations = _object(members.get("annotations"))
    title = members.get("title") or annotations.get("title")
    try:
        raw = json.dumps(compared, sort_keys=True)
    except (ValueError, RecursionError):
        raise ListUnusable(LookFailure.UNCLEAR) from None
    return Tool(
        name=shown(name, _LONGEST_NAME),
        title=shown(title, 200) if isinstance(title, str) else "",
        description=shown(str(members.get("description") or "")),
        annotations={
            hint: annotations[hint] for hint in _HINTS if isinstance(annotations.get(hint), bool)
        },
        input_schema=cleaned(members.get("inputSchema")),
        output_schema=cleaned(members.get("outputSchema")),
        sha256=hashlib.sha256(raw.encode()).hexdigest(),
        has_hidden=has_hidden(compared),
    )


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
