"""In the place of a language model: does what a person asks for in one of two sentences.

``use notion-search`` calls the tool of that name, whatever the client has put before it, and
says what it answered. ``list notion tools`` says which the client offers, as JSON. Anything
else is not for it: neither what a page says nor what a client adds. ``model_server.py`` speaks
for it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LIST = "list notion tools"
SEARCH = "notion-search"

_PREFIX = "notion-"
_WISH = re.compile(r"\W*(?:use (?P<tool>notion-[a-z-]+)|list notion tools)\W*")
_ARGUMENTS: Mapping[str, Mapping[str, str]] = {SEARCH: {"query": "plan"}}


@dataclass(frozen=True, slots=True)
class Offered:
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    tool: str
    arguments: Mapping[str, str]


class Conversation:
    """What was asked for last, and what a tool has answered since."""

    def __init__(self) -> None:
        self._asked: re.Match[str] | None = None
        self._result: str | None = None

    def hear(self, text: str) -> None:
        wish = _WISH.fullmatch(text)
        if wish is not None:
            self._asked, self._result = wish, None

    def see(self, result: str) -> None:
        self._result = result

    def next(self, offered: Sequence[Offered]) -> Say | Call:
        if self._result is not None:
            return Say(self._result)
        if self._asked is None:
            return Say("Nothing was asked for.")
        tools = {_plain(one.name): one for one in offered if _PREFIX in one.name}
        wanted = self._asked["tool"]
        if wanted is None:
            return Say(json.dumps({name: one.description for name, one in tools.items()}))
        if wanted not in tools:
            return Say(f"No tool {wanted} is offered.")
        return Call(tools[wanted].name, arguments_of(wanted))


def _plain(name: str) -> str:
    """A tool's name as Notion has it, without what a client has put before it."""
    return _PREFIX + name.rpartition(_PREFIX)[2]


def arguments_of(tool: str) -> Mapping[str, str]:
    return _ARGUMENTS.get(tool, {})
