"""What is kept of a conversation, and how much of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from notion_gateway.kernel.errors import InvalidRequest

MAX_CONVERSATIONS: Final = 1000
"""Of one person in one space."""
MAX_MESSAGES: Final = 2000
"""Of one conversation."""
MAX_CONVERSATION_BYTES: Final = 16 * 1024 * 1024
MAX_PERSON_BYTES: Final = 100 * 1024 * 1024
"""Of one person in one space. As they lie in the database, sealed: a third more than as JSON."""
MAX_TITLE: Final = 200
MAX_SHARED_MESSAGES: Final = 1000
"""Of one conversation."""
MAX_SHARE_BYTES: Final = 2 * 1024 * 1024
MAX_SHARED_BYTES: Final = 20 * 1024 * 1024
"""Of all that one person shares in one space, sealed."""
ANSWERING_SECONDS: Final = 15
"""Whoever writes an answer saves at least that often; after so long without it has broken off."""
_ENDS: Final = ("stopped", "cut", "too_long")
_NOT_SEEN: Final = ("outcome_unknown", "upstream_timeout", "gateway_timeout", "gateway_stopping")
"""Reasons of a call's failure after which nobody knows whether it was made."""
_MAX_TOOL: Final = 200
"""Characters of a tool's name that others read."""

Message = Mapping[str, Any]
"""As the front end has it; the gateway does not look into it, but for the words of a search."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose conversations, and in which space."""

    space_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Saving:
    """What a page saves at once: messages that are new or other than before, by id, in the order
    in which they were said; ids of those that are gone; the title that a new conversation gets;
    what went wrong last, for whoever opens it; whether more of an answer is coming, where whoever
    saves writes one; how many calls wait for the person's word; and whether it is only saved where
    the conversation is still kept.
    """

    title: str
    messages: Mapping[str, Message] = field(default_factory=dict[str, Message])
    gone: Sequence[str] = ()
    problem: Mapping[str, Any] | None = None
    is_answering: bool | None = None
    waiting: int = 0
    only_if_kept: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """``messages`` and ``bytes`` of the conversation that was changed; the others of the person."""

    messages: int
    bytes: int
    conversations: int
    all_bytes: int


def require_room(size: Size) -> None:
    """Raises InvalidRequest where a change would make it more than is kept; nothing is dropped."""
    if size.conversations > MAX_CONVERSATIONS:
        raise InvalidRequest(
            f"You keep {MAX_CONVERSATIONS} conversations in this space: delete some of them first."
        )
    if size.messages > MAX_MESSAGES or size.bytes > MAX_CONVERSATION_BYTES:
        raise InvalidRequest("This conversation is too long to be kept: go on in a new one.")
    if size.all_bytes > MAX_PERSON_BYTES:
        raise InvalidRequest(
            f"Your conversations in this space take {MAX_PERSON_BYTES // 1024**2} MB, and no more"
            " is kept: delete some of them first."
        )


def require_room_to_share(messages: int, size: int, all_bytes: int) -> None:
    """Raises InvalidRequest where that is more than is shared. ``size``: of this conversation's
    share, ``all_bytes`` of all that the same person shares in the space.
    """
    if messages > MAX_SHARED_MESSAGES or size > MAX_SHARE_BYTES:
        raise InvalidRequest("This conversation is too long to be shared: export it instead.")
    if all_bytes > MAX_SHARED_BYTES:
        raise InvalidRequest(
            f"What you share in this space takes {MAX_SHARED_BYTES // 1024**2} MB, and more is not"
            " kept: stop sharing some of it first."
        )


class Outcome(StrEnum):
    """How a tool's call ended. ``NOT_RUN``: it was denied, cancelled, or still waits. ``UNKNOWN``:
    it may have changed something, and how it ended was not seen.
    """

    DONE = "done"
    FAILED = "failed"
    NOT_RUN = "not_run"
    UNKNOWN = "unknown"


def shown(message: Message) -> dict[str, Any]:
    """What others read of a message: who said it, its text, which tools it called, and how it
    ended. Not what a tool was given or has answered: that may be of pages that they cannot open.
    """
    parts: object = message.get("parts")
    end = _dict(message.get("metadata")).get("end")
    # What a person has allowed has not begun where a server has said that it refused it.
    read = (_shown_part(part, has_begun=end != "complete") for part in _dicts(parts))
    return {
        "role": "user" if message.get("role") == "user" else "assistant",
        "parts": [part for part in read if part is not None],
        "end": end if end in _ENDS else "complete",
    }


def _shown_part(part: Mapping[str, object], *, has_begun: bool) -> dict[str, str] | None:
    kind, text = part.get("type"), part.get("text")
    if kind == "text":
        return {"kind": "text", "text": text} if isinstance(text, str) else None
    if not isinstance(kind, str):
        return None
    tool = part.get("toolName") if kind == "dynamic-tool" else kind.removeprefix("tool-")
    if not isinstance(tool, str) or tool == kind:
        return None
    return {"kind": "call", "tool": tool[:_MAX_TOOL], "outcome": _outcome(part, has_begun)}


def _outcome(part: Mapping[str, object], has_begun: bool) -> Outcome:
    """As the chat has it, in ``conversational-ui/lib/chat/tool-state.ts``: both pass
    ``tests/shared/call-outcomes.json``.
    """
    changes = _dict(part.get("toolMetadata")).get("kind") != "read"
    cut_off = Outcome.UNKNOWN if changes else Outcome.NOT_RUN
    match part.get("state"):
        case "input-available":
            return cut_off
        case "approval-responded":
            is_approved = bool(_dict(part.get("approval")).get("approved"))
            return cut_off if is_approved and has_begun else Outcome.NOT_RUN
        case "output-error":
            reason = _reason_in(part.get("errorText"))
            if reason == "cancelled":
                return Outcome.NOT_RUN
            return Outcome.UNKNOWN if changes and reason in _NOT_SEEN else Outcome.FAILED
        case "output-available":
            answered = _dict(part.get("output"))
            if answered.get("kind") == "progress":
                return cut_off
            is_result = answered.get("kind") == "result" and not answered.get("isError")
            return Outcome.DONE if is_result else Outcome.FAILED
        case _:
            return Outcome.NOT_RUN


def _reason_in(text: object) -> object:
    """The reason of a problem (RFC 9457), which the front end writes as JSON. None of any other."""
    if not isinstance(text, str) or not text.startswith("{"):
        return None
    try:
        return _dict(json.loads(text)).get("reason")
    except (ValueError, RecursionError):  # the latter, where a hostile text nests deeply
        return None


def is_found(title: str, messages: Sequence[Message], words: Sequence[str]) -> bool:
    """Whether all ``words``, in small letters, are in the title or in what was said."""
    said = "\n".join([title, *(text for message in messages for text in _texts(message))]).lower()
    return all(word in said for word in words)


def _texts(message: Message) -> list[str]:
    """Of the parts that are text, as AI SDK's messages have them."""
    found = (part.get("text") for part in _dicts(message.get("parts")))
    return [text for text in found if isinstance(text, str)]


def _dict(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _dicts(values: object) -> list[dict[str, object]]:
    if not isinstance(values, list):
        return []
    listed = cast("list[object]", values)
    return [cast("dict[str, object]", one) for one in listed if isinstance(one, dict)]
