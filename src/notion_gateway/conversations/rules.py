"""What is kept of a conversation, and how much of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
ANSWERING_SECONDS: Final = 15
"""Whoever writes an answer saves at least that often; after so long without it has broken off."""

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
    saves writes one; and how many calls wait for the person's word.
    """

    title: str
    messages: Mapping[str, Message] = field(default_factory=dict[str, Message])
    gone: Sequence[str] = ()
    problem: Mapping[str, Any] | None = None
    is_answering: bool | None = None
    waiting: int = 0


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


def is_found(title: str, messages: Sequence[Message], words: Sequence[str]) -> bool:
    """Whether all ``words``, in small letters, are in the title or in what was said."""
    said = "\n".join([title, *(text for message in messages for text in _texts(message))]).lower()
    return all(word in said for word in words)


def _texts(message: Message) -> list[str]:
    """Of the parts that are text, as AI SDK's messages have them."""
    parts: object = message.get("parts")
    if not isinstance(parts, list):
        return []
    found = (
        cast("dict[str, object]", part).get("text")
        for part in cast("list[object]", parts)
        if isinstance(part, dict)
    )
    return [text for text in found if isinstance(text, str)]
