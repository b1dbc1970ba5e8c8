"""Minutes of one grant's budget, by the rules of both sides, without waiting for them.

Whose call goes when is decided by the gateway's own rules, and what is granted by the simulated
Notion's. Time is a number here, so that a run is the same each time.
"""

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from notion_gateway.budget.rules.learned import Learned
from notion_gateway.budget.rules.pace import Sharer
from notion_gateway.budget.rules.refusal import Refusal
from notion_gateway.budget.rules.space_budget import Bounds, SpaceBudget
from notion_gateway.budget.rules.turns import Order, Place, least_used_first
from notion_simulator.rate_limits import Budget, RateLimits

_THERE: Final = 0.1
"""Seconds until a call is at Notion, and as many until its answer is back."""
_NOTION_WAITS: Final = 2.0
"""As the simulated Notion does, and Notion's documents say."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody calls: ``at_a_time`` calls under way, each followed by the next after
    ``pause`` seconds. ``process``: of the gateway's, the one that serves them.
    """

    name: str
    at_a_time: int
    pause: float
    begins: float = 0.0
    process: int = 0


@dataclass(frozen=True, slots=True)
class Limited:
    """``limit``: calls that Notion grants in a window. ``bounds``: the gateway's."""

    limit: int
    bounds: Bounds


@dataclass(slots=True)
class Outcome:
    """``waits``: the seconds that answered calls took, over what Notion's answer takes."""

    asked: int = 0
    answered: int = 0
    lost: int = 0
    waits: list[float] = field(default_factory=list[float])


@dataclass(slots=True)
class Run:
    """``granted``: by Notion, in each of its windows."""

    outcomes: dict[str, Outcome]
    granted: Counter[int]
    refused_by_notion: int = 0

    def of(self, habit: Habit) -> Outcome:
        return self.outcomes[habit.name]


@final
class SharedBudget:
    """One grant, Notion's limit for it, and those who call. Each process of the gateway learns for
    itself; ``learned``: what it knows from before its start, which holds from the first call on
    where it ``is_resumed``, else from the first refusal on.
    """

    def __init__(
        self,
        habits: Sequence[Habit],
        limited: Limited,
        order: Order = least_used_first,
        learned: Learned | None = None,
        *,
        is_resumed: bool = False,
    ) -> None:
        bounds = limited.bounds
        self.now = 0.0
        self._limit = Budget("grant", limited.limit, "per_connection", bounds.window_seconds)
        self._notion = RateLimits()
        self._bounds = bounds
        self._order = order
        self._learned = learned
        processes = {one.process for one in habits} if is_resumed else set[int]()
        self._budgets = {one: self._new_budget() for one in processes}
        self._looks_at: dict[int, float] = {}
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._calls: dict[Place, _Call] = {}
        self.run = Run({one.name: Outcome() for one in habits}, Counter())
        for habit in habits:
            for _ in range(habit.at_a_time):
                self._at(habit.begins, _Call(habit), self._ask)

    def until(self, end: float) -> Run:
        while self._due and self._due[0][0] < end:
            self.now, _, then = heapq.heappop(self._due)
            then()
        return self.run

    def _new_budget(self) -> SpaceBudget:
        return SpaceBudget(self._bounds, self.now, self._order, learned=self._learned)

    def _at(self, when: float, call: "_Call", then: Callable[["_Call"], None]) -> None:
        heapq.heappush(self._due, (when, next(self._numbers), lambda: then(call)))

    def _ask(self, call: "_Call") -> None:
        call.began = self.now
        call.outcome(self.run).asked += 1
        budget = self._budgets.get(call.process)
        if budget is None:
            self._at(self.now + _THERE, call, self._arrive)
            return
        self._queue(call, budget)

    def _queue(self, call: "_Call", budget: SpaceBudget) -> None:
        place, given_up = budget.ask(self.now, Sharer(call.habit.name))
        if given_up is not None:
            self._lose(self._calls.pop(given_up))
        if place is None:
            self._lose(call)
            return
        call.place = place
        self._calls[place] = call
        self._at(place.until, call, self._late)
        self._look(call)

    def _look(self, call: "_Call") -> None:
        """In the process of this call."""
        budget = self._budgets.get(call.process)
        if budget is None:
            return
        for place in budget.going(self.now):
            self._at(self.now + _THERE, self._calls.pop(place), self._arrive)
        at = max(budget.next_at(self.now), self.now + 0.001)
        if at < self._looks_at.get(call.process, math.inf):
            self._looks_at[call.process] = at
            self._at(at, call, self._look_again)

    def _look_again(self, call: "_Call") -> None:
        if self.now >= self._looks_at.get(call.process, math.inf):
            del self._looks_at[call.process]
            self._look(call)

    def _late(self, call: "_Call") -> None:
        place, budget = call.place, self._budgets.get(call.process)
        if budget is not None and place is not None and self._calls.pop(place, None) is call:
            budget.give_up(place, is_late=True)
            self._lose(call)

    def _arrive(self, call: "_Call") -> None:
        exceeded = self._notion.count([self._limit], self.now)
        if exceeded is None:
            self.run.granted[int(self.now // self._bounds.window_seconds)] += 1
            self._at(self.now + _THERE, call, self._granted)
        elif exceeded.seconds <= _NOTION_WAITS and not call.has_waited_there:
            call.has_waited_there = True
            self._at(self.now + exceeded.seconds, call, self._arrive)
        else:
            call.has_waited_there = False
            call.told = Refusal(math.ceil(exceeded.seconds), exceeded.reason)
            self._at(self.now + _THERE, call, self._refused)

    def _granted(self, call: "_Call") -> None:
        budget = self._budgets.get(call.process)
        if budget is not None and call.place is not None and call.place.sent is not None:
            budget.granted(call.place)
        outcome = call.outcome(self.run)
        outcome.answered += 1
        outcome.waits.append(self.now - call.began - 2 * _THERE)
        self._at(self.now + call.habit.pause, _Call(call.habit), self._ask)
        self._look(call)

    def _refused(self, call: "_Call") -> None:
        self.run.refused_by_notion += 1
        if call.process not in self._budgets:
            self._budgets[call.process] = self._new_budget()
        place, budget = call.place, self._budgets[call.process]
        if budget.refused_there(self.now, call.told, place) and place is not None:
            self._calls[place] = call
            self._at(place.until, call, self._late)
        elif place is None:
            self._queue(call, budget)
        else:
            self._lose(call)
        self._look(call)

    def _lose(self, call: "_Call") -> None:
        """A loop goes on a second later; a person with what they do next."""
        call.outcome(self.run).lost += 1
        self._at(self.now + max(1.0, call.habit.pause), _Call(call.habit), self._ask)


@final
class _Call:
    def __init__(self, habit: Habit) -> None:
        self.habit = habit
        self.began = 0.0
        self.has_waited_there = False
        self.told = Refusal()
        self.place: Place | None = None

    @property
    def process(self) -> int:
        return self.habit.process

    def outcome(self, run: Run) -> Outcome:
        return run.outcomes[self.habit.name]
