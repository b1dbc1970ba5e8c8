"""Work that is done later: what `allow_async` starts and `notion-get-async-task` reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["queued", "running", "succeeded", "failed"]


@dataclass(slots=True)
class Task:
    """Work that is queued, runs from halfway on, and is done `seconds` after it was started."""

    id: str
    started_at: float
    seconds: float
    work: Callable[[float], dict[str, Any]]
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def due_at(self) -> float:
        return self.started_at + self.seconds

    @property
    def is_done(self) -> bool:
        return self.result is not None or self.error is not None

    def status(self, now: float) -> Status:
        """Returns how far the work has come."""
        if self.error is not None:
            return "failed"
        if self.result is not None:
            return "succeeded"
        return "running" if now >= self.started_at + self.seconds / 2 else "queued"


def due(tasks: Iterable[Task], now: float) -> list[Task]:
    """Returns the tasks whose time has come, in the order they are to be done."""
    waiting = [task for task in tasks if not task.is_done and task.due_at <= now]
    return sorted(waiting, key=lambda task: task.due_at)
