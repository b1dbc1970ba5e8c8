"""What the model looks at: the user's request, and what tools have answered so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """A tool call of an earlier turn with what came back, as the client told it."""

    tool: str
    arguments: Mapping[str, Any]
    result: str


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """A tool the client gives; `parameters` is a JSON schema."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Conversation:
    """`exchanges` came after the user's last message, `earlier` before it, oldest first.

    `introduced` is whether the assistant has said anything yet.
    """

    request: str
    exchanges: tuple[Exchange, ...] = ()
    earlier: tuple[Exchange, ...] = ()
    tools: tuple[ToolOffer, ...] = ()
    introduced: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the client is asked to make, by the name the client gave the tool."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What the assistant says, and the tool call it waits for, if any."""

    text: str
    call: ToolCall | None = None
