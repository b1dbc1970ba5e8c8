"""``python -m bench.budget``: one loop and nine people who share what Notion grants a space.

By the rules of both sides, in minutes that nobody waits for (``shared_budget.py``): with shares,
and without them, where whoever came first goes first.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from bench.shared_budget import Habit, Outcome, SharedBudget
from notion_gateway.budget.rules.pace import Pace, Sharer
from notion_gateway.budget.rules.space_budget import Bounds
from notion_gateway.budget.rules.turns import Order, Place, least_used_first

LOOP: Final = Habit("loop", at_a_time=50, pause=0.0)
_MINUTE: Final = 60.0
_LEARNED_AFTER: Final = 3
"""Minutes in which the loop calls alone."""


def people(pause: float, begins: float = 0.0) -> list[Habit]:
    """Nine, who come one after the other."""
    return [Habit(f"person {one}", 1, pause, begins + one * pause / 9) for one in range(1, 10)]


def first_come(waiting: Mapping[Sharer, deque[Place]], _: Pace) -> Sharer:
    """Without shares."""
    return min(waiting, key=lambda one: waiting[one][0].number)


@dataclass(frozen=True, slots=True)
class Shared:
    """``of_granted``: what the gateway made of what Notion granted, as a part of one."""

    how: str
    loop: Outcome
    people: Sequence[Outcome]
    of_granted: float

    @property
    def lost(self) -> int:
        return sum(one.lost for one in self.people)

    @property
    def longest_wait(self) -> float:
        return max((wait for one in self.people for wait in one.waits), default=0.0)


def by_rules(how: str, order: Order, *, limit: int, minutes: int, wait_seconds: float) -> Shared:
    """The people come once the loop has called for three minutes."""
    nine = people(20.0, _LEARNED_AFTER * _MINUTE)
    shared = SharedBudget([LOOP, *nine], limit, Bounds(wait_seconds, 200), order)
    run = shared.until((_LEARNED_AFTER + minutes) * _MINUTE)
    granted = sum(run.granted[_LEARNED_AFTER + one] for one in range(minutes))
    return Shared(
        how,
        run.of(LOOP),
        [run.of(one) for one in nine],
        granted / (limit * minutes),
    )


def lines(found: Sequence[Shared]) -> Table:
    table = Table()
    for name in ("", "loop", "nine people", "they lost", "longest wait", "of what is granted"):
        table.add_column(name)
    for one in found:
        table.add_row(
            one.how,
            f"{one.loop.answered:,} answered",
            f"{sum(each.answered for each in one.people):,} answered",
            f"{one.lost:,}",
            f"{one.longest_wait:.1f} s",
            f"{one.of_granted:.1%}",
        )
    return table


def main(
    *,
    limit: Annotated[int, typer.Option(help="Calls that Notion grants in a minute.")] = 60,
    minutes: Annotated[int, typer.Option(help="That the people are there.")] = 10,
    wait: Annotated[float, typer.Option(help="Seconds that a call waits at most.")] = 30.0,
) -> None:
    found = [
        by_rules(how, order, limit=limit, minutes=minutes, wait_seconds=wait)
        for how, order in (("shared", least_used_first), ("first come, first served", first_come))
    ]
    Console(width=120).print(lines(found))


if __name__ == "__main__":
    typer.run(main)
