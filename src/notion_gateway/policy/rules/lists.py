"""Lists in Notion's answers: what a policy blocks does not stand in them.

Which answer is a list is told by what it holds, not by what was asked or by the media type that it
is sent as: a stream that is taken up again answers questions of another request.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast, final

from notion_gateway.kernel.json import read_json

Shows = Callable[[str], bool]
"""Whether a tool may be seen, or what brings contents by another way (``resources/read``)."""

_LISTS: Final = {
    "resources": "resources/read",
    "resourceTemplates": "resources/read",
    "prompts": "prompts/get",
}
"""What a list is called in a result, and by which method what it lists is got."""


class AnswerUnclear(ValueError):
    """What Notion answered cannot be read in exactly one way."""


@final
@dataclass(frozen=True, slots=True)
class ListFilter:
    shows: Shows

    def of_json(self, text: bytes) -> bytes:
        """A JSON-RPC message, or a batch of them: the very same bytes where nothing has to be
        taken out. Raises AnswerUnclear.
        """
        try:
            document, doubled = read_json(text.decode())
        except ValueError:
            raise AnswerUnclear("it is no JSON") from None
        if doubled:
            raise AnswerUnclear("a member stands twice")
        messages = cast("list[object]", document) if isinstance(document, list) else [document]
        taken = [self._take(one) for one in messages]
        if not any(taken):
            return text
        try:
            return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
        except ValueError:
            raise AnswerUnclear("it holds a number that JSON does not have") from None

    def _take(self, message: object) -> bool:
        """Whether anything was taken out of it."""
        if not isinstance(message, dict):
            raise AnswerUnclear("a message is no object")
        result: object = cast("dict[str, Any]", message).get("result")
        if not isinstance(result, dict):
            return False
        members = cast("dict[str, Any]", result)
        taken = self._take_tools(members) if "tools" in members else False
        for name, method in _LISTS.items():
            if members.get(name) and not self.shows(method):
                members[name] = []
                taken = True
        if taken and "cacheScope" in members:
            members["cacheScope"] = "private"  # others may see more of it
        return taken

    def _take_tools(self, result: dict[str, Any]) -> bool:
        tools: object = result["tools"]
        if not isinstance(tools, list):
            raise AnswerUnclear("tools is no list")
        listed = cast("list[object]", tools)
        kept = [one for one in listed if self.shows(_name(one))]
        result["tools"] = kept
        return len(kept) < len(listed)


def _name(tool: object) -> str:
    name: object = cast("dict[str, Any]", tool).get("name") if isinstance(tool, dict) else None
    if not isinstance(name, str):
        raise AnswerUnclear("a tool has no name")
    return name
