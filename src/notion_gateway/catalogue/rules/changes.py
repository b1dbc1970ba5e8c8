"""What has changed from one list of tools to the next, tool by tool, in words.

The words are the gateway's; what Notion says stands apart from them (``before``, ``after``). What
models read and was another before is flagged: so a hostile server would speak to them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

from notion_gateway.catalogue.rules.excerpts import beginning, difference
from notion_gateway.catalogue.rules.schemas import schema_differences
from notion_gateway.catalogue.rules.tools import Effect, Tool

MOST_DIFFERENCES: Final = 30

_SAYS: Final = {
    Effect.READ: "it only reads",
    Effect.WRITE: "it writes, and destroys nothing",
    Effect.DESTRUCTIVE: "it may write and destroy",
}
_HIDDEN: Final = "Its texts hold characters that nobody sees, and models read"


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class What(StrEnum):
    """Closed list; one is added, never renamed. ``OTHER``: what is too long or too deep to be
    kept, or looks the same.
    """

    TOOL = "tool"
    TITLE = "title"
    DESCRIPTION = "description"
    ANNOTATIONS = "annotations"
    INPUT_SCHEMA = "input_schema"
    OUTPUT_SCHEMA = "output_schema"
    HIDDEN = "hidden_characters"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Difference:
    what: What
    words: str
    flagged: bool = False
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    kind: ChangeKind
    tool: str
    differences: tuple[Difference, ...]

    @property
    def flagged(self) -> bool:
        return any(one.flagged for one in self.differences)

    def written(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.differences]

    @classmethod
    def stored(cls, kind: str, tool: str, rows: Sequence[Mapping[str, Any]]) -> Self:
        """As ``written``; a ``what`` of a newer version is ``OTHER``."""
        known = frozenset(What)
        found = [
            Difference(
                What(row["what"]) if row["what"] in known else What.OTHER,
                row["words"],
                row["flagged"],
                row["before"],
                row["after"],
            )
            for row in rows
        ]
        return cls(ChangeKind(kind), tool, tuple(found))


def compare(before: Sequence[Tool], after: Sequence[Tool]) -> Sequence[Change]:
    """The order of a list says nothing."""
    one, other = {tool.name: tool for tool in before}, {tool.name: tool for tool in after}
    changes = [_removed(tool) for name, tool in one.items() if name not in other]
    for name, tool in other.items():
        if name not in one:
            changes.append(_added(tool))
        elif tool.sha256 != one[name].sha256:
            changes.append(Change(ChangeKind.CHANGED, name, _differences(one[name], tool)))
    return changes


def _removed(tool: Tool) -> Change:
    return Change(
        ChangeKind.REMOVED, tool.name, (Difference(What.TOOL, "Notion lists it no longer."),)
    )


def _added(tool: Tool) -> Change:
    said = beginning(tool.description)
    words = f"Notion lists it from now on. By its own word {_SAYS[tool.effect]}.{said.words}"
    found = [Difference(What.TOOL, words, after=said.after)]
    if tool.has_hidden:
        found.append(Difference(What.HIDDEN, f"{_HIDDEN}.", flagged=True))
    return Change(ChangeKind.ADDED, tool.name, tuple(found))


def _differences(before: Tool, after: Tool) -> tuple[Difference, ...]:
    every = list(_every_difference(before, after))
    if not every:
        words = "It has changed in what is too long to be kept, or looks the same."
        every = [Difference(What.OTHER, words, flagged=True)]
    if len(every) <= MOST_DIFFERENCES:
        return tuple(every)
    kept = sorted(every, key=lambda one: not one.flagged)[:MOST_DIFFERENCES]
    more = f"And {len(every) - MOST_DIFFERENCES} differences more."
    flagged = sum(one.flagged for one in every) - sum(one.flagged for one in kept)
    if flagged:
        more += f" In {flagged} of them, what models read is another."
    return (*kept, Difference(What.OTHER, more, flagged=flagged > 0))


def _every_difference(before: Tool, after: Tool) -> Iterator[Difference]:
    if before.description != after.description:
        found = difference(before.description, after.description)
        words = f"Its description, which models read, is another.{found.words}"
        yield Difference(What.DESCRIPTION, words, True, found.before, found.after)
    if after.has_hidden and not before.has_hidden:
        yield Difference(What.HIDDEN, f"{_HIDDEN}, since now.", flagged=True)
    if before.title != after.title:
        yield Difference(What.TITLE, "Its title is another.", True, before.title, after.title)
    yield from _of_annotations(before, after)
    for what, name, one, other in (
        (What.INPUT_SCHEMA, "argument", before.input_schema, after.input_schema),
        (What.OUTPUT_SCHEMA, "result", before.output_schema, after.output_schema),
    ):
        for found in schema_differences(one, other, what=name):
            yield Difference(what, found.sentence, found.is_text, found.before, found.after)


def _of_annotations(before: Tool, after: Tool) -> Iterator[Difference]:
    if before.effect is not after.effect:
        words = f"It says now that {_SAYS[after.effect]}; before, that {_SAYS[before.effect]}."
        # Whoever says that nothing can happen any more asks for less care.
        order = list(Effect)
        is_less = order.index(after.effect) < order.index(before.effect)
        yield Difference(What.ANNOTATIONS, words, flagged=is_less)
        return
    for hint in sorted(before.annotations.keys() | after.annotations.keys()):
        was, now = before.annotations.get(hint), after.annotations.get(hint)
        if was != now:
            words = f"{hint} was {_said(was)}, and is {_said(now)}."
            yield Difference(What.ANNOTATIONS, words)


def _said(value: bool | None) -> str:
    return "not said" if value is None else str(value).lower()
