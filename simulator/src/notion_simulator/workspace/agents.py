"""Custom Agents and their sessions, scripted: what a session holds follows from the clock.

A turn is queued, in progress from a quarter of its time on, looks something up
at half of it, and answers at its end. Nothing runs in the background: the
events of a session are worked out from when its messages were sent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

SessionStatus = Literal["queued", "in_progress", "completed", "failed", "canceled"]
EventType = Literal["user_message", "tool_call", "agent_message", "error", "canceled"]


@dataclass(frozen=True, slots=True)
class Agent:
    """A published agent; `fails` makes every turn of it end in an error."""

    id: str
    workspace_id: str
    name: str
    description: str
    created_at: float
    favorite: bool = False
    fails: bool = False

    @property
    def url(self) -> str:
        return f"agent://{self.workspace_id}/{self.id}"


@dataclass(slots=True)
class Turn:
    """A message and the answer that comes `seconds` later, unless stopped before."""

    message: str
    answer: str
    lookup: str
    sent_at: float
    seconds: float
    stopped_at: float | None = None

    @property
    def ends_at(self) -> float:
        return self.sent_at + self.seconds


@dataclass(frozen=True, slots=True)
class Event:
    sequence: int
    type: EventType
    created_at: float
    text: str


@dataclass(slots=True)
class Session:
    id: str
    agent: Agent
    title: str
    created_at: float
    turns: list[Turn] = field(default_factory=list[Turn])

    @property
    def url(self) -> str:
        return f"session://{self.agent.workspace_id}/{self.id}"

    def status(self, now: float) -> SessionStatus:
        """Returns the state of the latest turn."""
        turn = self.turns[-1]
        if turn.stopped_at is not None:
            return "canceled"
        if now >= turn.ends_at:
            return "failed" if self.agent.fails else "completed"
        return "in_progress" if now >= turn.sent_at + turn.seconds / 4 else "queued"

    def is_running(self, now: float) -> bool:
        return self.status(now) in {"queued", "in_progress"}

    def events(self, now: float) -> list[Event]:
        """Returns what has happened so far, numbered from 1."""
        happened = [event for turn in self.turns for event in self._of(turn) if event[1] <= now]
        return [Event(n, kind, at, text) for n, (kind, at, text) in enumerate(happened, start=1)]

    def updated_at(self, now: float) -> float:
        return self.events(now)[-1].created_at

    def stop(self, now: float) -> None:
        """Ends a running turn; a turn that has ended stays as it is."""
        if self.is_running(now):
            self.turns[-1].stopped_at = now

    def _of(self, turn: Turn) -> Iterator[tuple[EventType, float, str]]:
        until = turn.stopped_at
        yield "user_message", turn.sent_at, turn.message
        lookup_at = turn.sent_at + turn.seconds / 2
        if until is None or lookup_at < until:
            yield "tool_call", lookup_at, turn.lookup
        if until is not None:
            yield "canceled", until, "Stopped by the user."
        elif self.agent.fails:
            yield "error", turn.ends_at, "The agent could not finish this turn."
        else:
            yield "agent_message", turn.ends_at, turn.answer


def converse(
    session: Session, message: str, look: Callable[[str], list[str]], now: float, seconds: float
) -> None:
    """Adds a turn, answered from the titles that `look` finds."""
    titles = look(message)
    found = ", ".join(titles) if titles else "nothing that matches"
    session.turns.append(
        Turn(
            message=message,
            answer=f"{session.agent.name} read your message and found: {found}.",
            lookup=f"Searched the workspace for: {message}",
            sent_at=now,
            seconds=seconds,
        )
    )
