"""What is known of a call for the space's record of calls, where one is kept."""

from dataclasses import dataclass, field
from typing import Final

from starlette.types import Message, Scope, Send

RECORDED: Final = "notion_gateway.recorded_call"
"""Where the scope holds it."""


@dataclass(slots=True)
class RecordedCall:
    """``body``: the call's; empty where it was refused before that was read. ``grant``: with which
    the call goes to Notion, ``shared`` or ``personal``; empty where it was refused before that was
    decided. ``answered_bytes``: of the answer's body, as far as it went to the caller.
    """

    body: bytes = field(default=b"", repr=False)
    grant: str = ""
    answered_bytes: int = 0


def note_recorded(scope: Scope, recorded: RecordedCall) -> None:
    """This request's call is to be recorded."""
    scope[RECORDED] = recorded


def recorded_of(scope: Scope) -> RecordedCall | None:
    return scope.get(RECORDED)


def counting(send: Send, recorded: RecordedCall) -> Send:
    """``send``, which counts the answer's bytes."""

    async def counted(message: Message) -> None:
        await send(message)
        recorded.answered_bytes += len(message.get("body", b""))

    return counted
