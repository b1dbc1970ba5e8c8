"""``python -m bench.budget``: one loop and nine people who share what Notion grants a space.

By the rules of both sides, in minutes that nobody waits for (``shared_budget.py``): with shares;
in two processes of the gateway, of which each learns for itself; without shares, where whoever came
first goes first; and in the first windows after a start, with the limit that was learnt before it
and without. With ``--sockets`` over real ones, by a real gateway (``budget_over_sockets.py``), by
two, and with its budget switched off.
"""

import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from bench.budget_over_sockets import over_sockets
from bench.shared_budget import Habit, Limited, Outcome, Run, SharedBudget
from notion_gateway.budget.rules.learned import Learned
from notion_gateway.budget.rules.pace import Pace, Sharer
from notion_gateway.budget.rules.space_budget import WINDOW_SECONDS, Bounds
from notion_gateway.budget.rules.turns import Order, Place, least_used_first

LOOP: Final = Habit("loop", at_a_time=50, pause=0.0)
_LEARNED_AFTER: Final = 3
"""Windows in which the loop calls alone."""
_FIRST_WINDOWS: Final = (1, 2, 5)
"""So many of them, after a start."""
_WINDOW_THAT_PASSES: Final = 20.0
"""Over sockets it is waited for."""


class Known(Enum):
    """What the gateway knows at its start of what Notion grants."""

    NOTHING = "limit not known"
    LIMIT = "limit kept"
    PACED = "limit kept, paced of late"
    """So that calls take their turns from the first one on."""


Placed = Callable[[int], int]
"""By which process of the gateway somebody is served; 0 is the loop, from 1 on are people."""


def in_one(_: int) -> int:
    return 0


def loop_apart(one: int) -> int:
    return min(one, 1)


def mixed(one: int) -> int:
    return one % 2


def habits(
    window: float, placed: Placed = in_one, calls: int = 3, alone: int = _LEARNED_AFTER
) -> list[Habit]:
    """The loop, and nine people who come once it has called ``alone`` for so many windows, one
    after the other. Each makes ``calls`` in a window, or fewer where answers take long.
    """
    pause, begin = window / calls, alone * window
    nine = [
        Habit(f"person {one}", 1, pause, begin + one * pause / 9, placed(one))
        for one in range(1, 10)
    ]
    return [replace(LOOP, process=placed(0)), *nine]


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


def by_rules(
    how: str,
    limited: Limited,
    order: Order,
    windows: int,
    placed: Placed = in_one,
    calls: int = 3,
) -> Shared:
    seconds = limited.bounds.window_seconds
    callers = habits(seconds, placed, calls)
    run = SharedBudget(callers, limited, order).until((_LEARNED_AFTER + windows) * seconds)
    return _shared(how, run, limited, windows)


def by_sockets(
    how: str, limited: Limited, folder: Path, windows: int, placed: Placed = in_one, calls: int = 3
) -> Shared:
    callers = habits(limited.bounds.window_seconds, placed, calls)
    run = over_sockets(folder, callers, limited, _LEARNED_AFTER + windows)
    return _shared(how, run, limited, windows)


def from_the_first(
    how: str, limited: Limited, windows: int, calls: int = 3, known: Known = Known.NOTHING
) -> Shared:
    """Loop and people begin together, at the gateway's start."""
    seconds = limited.bounds.window_seconds
    kept = None if known is Known.NOTHING else Learned("grant", limited.limit, seconds, 0.0)
    run = SharedBudget(
        habits(seconds, calls=calls, alone=0),
        limited,
        learned=kept,
        is_resumed=known is Known.PACED,
    ).until(windows * seconds)
    return _shared(how, run, limited, windows, alone=0)


def _shared(
    how: str, run: Run, limited: Limited, windows: int, alone: int = _LEARNED_AFTER
) -> Shared:
    loop, *people = run.outcomes.values()
    granted = sum(run.granted[alone + one] for one in range(windows))
    return Shared(how, loop, people, granted / (limited.limit * windows))


_SHARED: Final[Sequence[tuple[str, Placed]]] = [
    ("shared", in_one),
    ("shared, the loop in another process", loop_apart),
    ("shared, two processes, mixed", mixed),
]


def all_by_rules(limited: Limited, windows: int, calls: int) -> Sequence[Shared]:
    runs: Sequence[tuple[str, Order, Placed]] = [
        *((how, least_used_first, placed) for how, placed in _SHARED),
        ("first come, first served", first_come, in_one),
    ]
    first = [
        from_the_first(f"{known.value}, first windows: {count}", limited, count, calls, known)
        for known in Known
        for count in _FIRST_WINDOWS
    ]
    learnt = [by_rules(how, limited, order, windows, placed, calls) for how, order, placed in runs]
    return [*learnt, *first]


def all_by_sockets(limited: Limited, folder: Path, windows: int, calls: int) -> Sequence[Shared]:
    """At the same time, each with a Notion of its own; of two processes only the harder way."""
    off = replace(limited, bounds=replace(limited.bounds, wait_seconds=0.0))
    shared = [(how, limited, placed) for how, placed in _SHARED if placed is not mixed]
    wanted = [*shared, ("budget off", off, in_one)]
    with ThreadPoolExecutor() as threads:
        runs = [
            threads.submit(by_sockets, how, one, folder / how, windows, placed, calls)
            for how, one, placed in wanted
        ]
        return [one.result() for one in runs]


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
    limit: Annotated[int, typer.Option(help="Calls that Notion grants in a window.")] = 60,
    windows: Annotated[int, typer.Option(help="That the people are there.")] = 10,
    calls: Annotated[int, typer.Option(help="That each of the nine makes in a window.")] = 3,
    sockets: Annotated[bool, typer.Option(help="By a real gateway, over real sockets.")] = False,
    window: Annotated[
        float | None,
        typer.Option(
            help="Seconds of one: a minute by the rules, 20 over sockets, where it is waited for."
            " A call waits for half of it at most."
        ),
    ] = None,
) -> None:
    seconds = window or (_WINDOW_THAT_PASSES if sockets else WINDOW_SECONDS)
    limited = Limited(limit, Bounds(seconds / 2, 200, seconds))
    if sockets:
        with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
            found = all_by_sockets(limited, Path(folder), windows, calls)
    else:
        found = all_by_rules(limited, windows, calls)
    Console(width=132).print(lines(found))


if __name__ == "__main__":
    typer.run(main)
