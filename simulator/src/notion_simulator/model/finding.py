"""Steps that several plans begin with: finding the page that is meant, and fetching it."""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notion_simulator.model import writing
from notion_simulator.model.intents import Target
from notion_simulator.model.memory import Memory
from notion_simulator.model.reading import Entity, Hit, entity_of, hits_of
from notion_simulator.model.toolbox import FETCH, SEARCH


@dataclass(slots=True)
class Wanted:
    """A call a plan wants to be made, by Notion's name of the tool.

    `announcement` is said with the call, for the person who is asked to approve it. `made` is what
    the call was made with in the end: that person may have put its text into other words.
    """

    tool: str
    arguments: dict[str, Any]
    announcement: str = ""
    made: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def said(self, *path: str | int) -> str:
        """Returns the text that was sent at that place of the arguments, else the wanted one."""
        return _text_at(self.made, path) or _text_at(self.arguments, path)


def _text_at(arguments: Mapping[str, Any], path: Sequence[str | int]) -> str:
    value: Any = arguments
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ""
    return value if isinstance(value, str) else ""


class Ended(Exception):
    """A plan ends here, with `text` for the user."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


Data = dict[str, Any]
Steps = Generator[Wanted, Data, Entity]
FindSteps = Generator[Wanted, Data, Hit]


def find(target: Target, memory: Memory, *, to_change: bool = False) -> FindSteps:
    """Finds what is meant. A page that is to be changed must be the only one that can be meant."""
    if target.address:
        return Hit("", target.address)
    if not target.name:
        return _remembered(target, memory)
    data = yield Wanted(SEARCH, {"query": target.name})
    hits = hits_of(data)
    return to_be_changed(hits, target.name) if to_change else best(hits, target.name)


def fetch(target: Target, memory: Memory, *, to_change: bool = False) -> Steps:
    """Finds what is meant and fetches it."""
    hit = yield from find(target, memory, to_change=to_change)
    data = yield Wanted(FETCH, {"id": hit.url or hit.id})
    entity = entity_of(data)
    if to_change and entity.kind not in {"page", "skill"}:
        raise Ended(writing.only_pages(entity.hit))
    return entity


def best(hits: Sequence[Hit], name: str) -> Hit:
    """Returns the hit whose title fits best, else the search's own first."""
    if not hits:
        raise Ended(writing.nothing_found(name))
    return next(iter([*_named(hits, name), *_mentioning(hits, name), *hits]))


def to_be_changed(hits: Sequence[Hit], name: str) -> Hit:
    """Returns the one hit that is meant beyond doubt: a guess could change the wrong page."""
    candidates = _named(hits, name) or _mentioning(hits, name)
    pages = [hit for hit in candidates if hit.kind == "page"] or candidates
    if not pages:
        raise Ended(writing.no_such_page(name, hits))
    if len(pages) > 1:
        raise Ended(writing.which_one(name, pages))
    return pages[0]


def _remembered(target: Target, memory: Memory) -> Hit:
    if target.place is None:
        if memory.last is None:
            raise Ended(writing.which_page())
        return memory.last
    try:
        return memory.hits[target.place]
    except IndexError:
        raise Ended(writing.no_such_result()) from None


def _named(hits: Sequence[Hit], name: str) -> list[Hit]:
    return [hit for hit in hits if _words(hit.title) == _words(name)]


def _mentioning(hits: Sequence[Hit], name: str) -> list[Hit]:
    wanted = set(_words(name))
    return [hit for hit in hits if wanted and wanted <= set(_words(hit.title))]


def _words(title: str) -> list[str]:
    words = re.findall(r"\w+", title.casefold())
    return words[1:] if words[:1] == ["the"] and len(words) > 1 else words
