"""How a command is decided on a stream's newest state, and its events appended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Generic, Protocol, Self, TypeVar

from notion_gateway.kernel.errors import VersionConflict
from notion_gateway.kernel.events import Record

E = TypeVar("E", bound=Record)
C_contra = TypeVar("C_contra", contravariant=True)


class Decider(Protocol[C_contra, E]):
    """A stream folded into a state, which says what a command makes of it. Pure."""

    @property
    def version(self) -> int:
        """The last event's; 0 is an empty stream."""
        ...

    def apply(self, event: E) -> Self: ...

    def decide(self, command: C_contra, now: datetime) -> Sequence[E]:
        """The events a command causes; none where it has no effect."""
        ...


S = TypeVar("S", bound=Decider[Any, Any])


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """``before`` and ``after`` one command; equal versions mean that it had no effect."""

    before: S
    after: S

    @property
    def happened(self) -> bool:
        return self.after.version > self.before.version


async def decide_and_append(
    command: object,
    *,
    load: Callable[[], Awaitable[S]],
    append: Callable[[S, Sequence[Any], S], Awaitable[bool]],
    now: Callable[[], datetime],
    known: S | None = None,
    seen: S | None = None,
) -> Outcome[S]:
    """Decides on the newest state; a conflict is loaded and decided again, never overwritten.

    ``append`` is given the state before, the new events and the state after; False lets the
    command have no effect after all.

    ``known`` is a state that may be the newest, and saves loading it where it is: the append says
    so. That a command has no effect is believed of a state only that was just loaded.

    A caller that must act on a state it has ``seen`` gets VersionConflict when the stream has
    moved on.
    """
    before = seen or known
    while True:
        just_loaded = before is None
        if before is None:
            before = await load()
        if seen is not None and before.version != seen.version:
            raise VersionConflict
        events = before.decide(command, now())
        if not events:
            if just_loaded:
                return Outcome(before, before)
            before = None
            continue
        after = reduce(lambda state, event: state.apply(event), events, before)
        try:
            appended = await append(before, events, after)
        except VersionConflict:
            if seen is not None:
                raise
            before = None
            continue
        if not appended and not just_loaded:
            before = None
            continue
        return Outcome(before, after if appended else before)
