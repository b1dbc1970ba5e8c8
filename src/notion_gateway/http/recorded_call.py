"""What is known of a call for the space's record of calls, where one is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Message, Scope, Send

from notion_gateway.kernel.outbound.messages import RawHeaders

RECORDED: Final = "notion_gateway.recorded_call"
"""Where the scope holds it."""


LONGEST_BYTES: Final = 64 * 1024
"""Of a call, and of an answer, of which it is recorded what is said."""
_MOST_HELD_BYTES: Final = 32 * 1024 * 1024


@dataclass(slots=True)
class Room:
    """For what all calls of a process hold together."""

    left: int = _MOST_HELD_BYTES


@dataclass(slots=True)
class HeldAnswer:
    """An answer's body, held until it has been recorded. ``is_too_long``: none of it is held,
    because it is longer than LONGEST_BYTES, or there was no room.
    """

    room: Room = field(repr=False)
    headers: RawHeaders = field(default_factory=list[tuple[bytes, bytes]], repr=False)
    is_too_long: bool = False
    _parts: list[bytes] = field(default_factory=list[bytes], repr=False)
    _length: int = 0

    def part_came(self, part: bytes) -> None:
        if self.is_too_long:
            return
        self.room.left -= len(part)
        self._length += len(part)
        self._parts.append(part)
        if self._length > LONGEST_BYTES or self.room.left < 0:
            self.is_too_long = True
            self.taken()

    def taken(self) -> bytes:
        """All of it; it is held no longer."""
        body = b"".join(self._parts)
        self.room.left += self._length
        self._parts, self._length = [], 0
        return body


@dataclass(slots=True)
class RecordedCall:
    """``body``: the call's; empty where it was refused before that was read. ``grant``: with which
    the call goes to Notion, ``shared`` or ``personal``; empty where it was refused before that was
    decided. ``answered_bytes``: of the answer's body, as far as it went to the caller.
    ``wants_arguments``: the space asks for them. ``answer``: where it asks for results.
    ``mcp_client``: what the program said that it is when it began its session. ``rules``: of a
    batch, which rule of the space's policy decided on each call, by its id in the form of JSON.
    """

    body: bytes = field(default=b"", repr=False)
    grant: str = ""
    answered_bytes: int = 0
    wants_arguments: bool = False
    answer: HeldAnswer | None = None
    mcp_client: str = ""
    rules: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def note_recorded(scope: Scope, recorded: RecordedCall) -> None:
    """This request's call is to be recorded."""
    scope[RECORDED] = recorded


def recorded_of(scope: Scope) -> RecordedCall | None:
    return scope.get(RECORDED)


def counting(send: Send, recorded: RecordedCall) -> Send:
    """``send``, which counts the answer's bytes, and holds them where they are asked for."""

    async def counted(message: Message) -> None:
        await send(message)
        part: bytes = message.get("body", b"")
        recorded.answered_bytes += len(part)
        answer = recorded.answer
        if answer is not None:
            answer.headers = message.get("headers", answer.headers)
            answer.part_came(part)

    return counted
