"""Calls of grants that Notion has refused some of: they wait here for their turn.

While Notion grants all, nothing is counted and nothing waits: a grant has no budget here before its
first refusal, and none again once it uses less than half of what Notion grants. Each process
learns for itself what Notion grants to it, and knows the callers that it serves; it begins with
what was learned before it started (``learned.py``).
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, final

import structlog
from cachetools import LRUCache

from notion_gateway.budget.errors import BudgetExhausted
from notion_gateway.budget.rules.exhausted import Exhausted, Grant
from notion_gateway.budget.rules.learned import RESUMED_SECONDS, Learned
from notion_gateway.budget.rules.pace import Sharer
from notion_gateway.budget.rules.refusal import Refusal
from notion_gateway.budget.rules.space_budget import Bounds, Seen, SpaceBudget
from notion_gateway.budget.rules.turns import Place
from notion_gateway.kernel.clock import Clock, steady_seconds
from notion_gateway.kernel.tally import Tally

log = structlog.stdlib.get_logger()

_AT_LEAST_SECONDS: Final = 0.001
"""Between two looks at who goes next."""


@final
class _Paced:
    """A grant whose calls wait for their turn."""

    __slots__ = ("budget", "grant", "is_told", "timer", "turns")

    def __init__(self, grant: Grant, budget: SpaceBudget) -> None:
        self.grant = grant
        self.budget = budget
        self.turns: dict[Place, asyncio.Future[None]] = {}
        self.timer: asyncio.TimerHandle | None = None
        self.is_told = False


@final
@dataclass
class Budgets:
    """``forget`` is called with a space whose calls are no longer served out of memory alone;
    ``told`` with what its owners may want to know. ``waits`` is for the metrics: how long calls
    waited, by what became of them.
    """

    bounds: Bounds
    clock: Clock
    forget: Callable[[str], object]
    told: Callable[[Exhausted], object] = field(default=lambda _: None)
    max_cached: int = 10_000
    waits: Tally = field(default_factory=Tally)
    refused_by_notion: int = field(init=False, default=0)
    refused: int = field(init=False, default=0)
    _paced: dict[str, _Paced] = field(init=False, repr=False, default_factory=dict[str, _Paced])
    _before: LRUCache[str, SpaceBudget] = field(init=False, repr=False)
    """Of grants that Notion has refused before: what was seen then."""
    _resumed: dict[str, float] = field(init=False, repr=False, default_factory=dict[str, float])
    """Grants that begin paced, whoever calls first; by the steady clock, until when."""
    _learned: dict[str, Learned] = field(init=False, repr=False, default_factory=dict[str, Learned])
    """Since somebody asked last."""

    def __post_init__(self) -> None:
        self._before = LRUCache(self.max_cached)

    def is_open(self, process_id: str) -> bool:
        """Whether nothing is held back of this grant's calls."""
        paced = self._paced.get(process_id)
        if paced is None:
            return not self._resumed or not self._is_resumed(process_id)
        return self._has_ended(paced)

    def restore(self, learned: Sequence[Learned]) -> None:
        """At the start, the newest last: what was learned before it."""
        now, steady = self.clock.timestamp(), steady_seconds()
        for one in learned:
            self._before[one.process_id] = SpaceBudget(self.bounds, steady, learned=one)
            if one.is_resumed(now):
                self._resumed[one.process_id] = steady + RESUMED_SECONDS

    def learned(self) -> Sequence[Learned]:
        """Of grants whose calls have had to wait since this was asked last, where it is known."""
        for paced in list(self._paced.values()):
            if not self._has_ended(paced):
                self._note_learned(paced)
        learned, self._learned = self._learned, {}
        return list(learned.values())

    @property
    def paced(self) -> int:
        return len(self._paced)

    @property
    def waiting(self) -> int:
        return sum(len(one.turns) for one in self._paced.values())

    @property
    def used_and_granted(self) -> tuple[int, int]:
        """Calls in the last window, and how many Notion grants in one, of all paced grants of
        which that is known.
        """
        now = steady_seconds()
        every = [one.budget.seen(now, is_paced=True) for one in self._paced.values()]
        known = [(one.used, one.limit) for one in every if one.limit is not None]
        return sum(used for used, _ in known), sum(limit for _, limit in known)

    def seen(self, process_id: str) -> Seen | None:
        """None where Notion has never refused, as far as this process remembers."""
        is_paced = not self.is_open(process_id)
        paced = self._paced.get(process_id)
        known = self._before.get(process_id) if paced is None else paced.budget
        return None if known is None else known.seen(steady_seconds(), is_paced=is_paced)

    def on_the_clock(self, steady: float) -> datetime:
        return self.clock.now() + timedelta(seconds=steady - steady_seconds())

    async def turn(self, grant: Grant, sharer: Sharer) -> "Turn":
        """Waits for it. Raises BudgetExhausted where that would take too long, or too many wait.
        Whoever has it tells what became of the call.
        """
        paced = self._paced.get(grant.process_id) or self._begin(grant)
        place, given_up = paced.budget.ask(steady_seconds(), sharer)
        if given_up is not None:
            self._refuse(paced, given_up)
        if place is None:
            self.refused += 1
            self.waits.note("refused", 0.0)
            raise self._exhausted(paced)
        turn = Turn(self, paced, place)
        await turn.comes()
        return turn

    def refused_there(self, grant: Grant, refusal: Refusal) -> bool:
        """Notion has refused a call that had no turn. Whether the call may wait for one now, and
        be sent again.
        """
        self._note(grant, refusal)
        if refusal.is_of_one_tool:
            return False
        now = steady_seconds()
        paced = self._paced.get(grant.process_id) or self._begin(grant)
        paced.budget.refused_there(now, refusal, None)
        self._tell(paced, refusal)
        self._look(paced)
        return paced.budget.earliest(now) <= now + self.bounds.wait_seconds

    # What turns tell.

    def refused_again(self, paced: _Paced, place: Place, refusal: Refusal) -> bool:
        """Whether it waits for its next turn."""
        self._note(paced.grant, refusal)
        if refusal.is_of_one_tool:
            self.ended(paced, place, counts=False)
            return False
        again = paced.budget.refused_there(steady_seconds(), refusal, place)
        self._tell(paced, refusal)
        self._look(paced)
        return again

    def granted(self, paced: _Paced, place: Place) -> None:
        paced.budget.granted(place)
        self._look(paced)

    def ended(self, paced: _Paced, place: Place, *, counts: bool) -> None:
        paced.budget.ended(place, counts=counts)
        self._look(paced)

    async def comes(self, paced: _Paced, place: Place) -> None:
        if place.sent is not None:
            return
        began = steady_seconds()
        future = paced.turns[place] = asyncio.get_running_loop().create_future()
        self._look(paced)
        try:
            async with asyncio.timeout(max(0.0, place.until - began)):
                await future
        except TimeoutError:
            if place.sent is None:
                paced.budget.give_up(place, is_late=True)
                self.refused += 1
                self.waits.note("refused", steady_seconds() - began)
                raise self._exhausted(paced) from None
        except BudgetExhausted:
            self.waits.note("refused", steady_seconds() - began)
            raise
        except BaseException:
            self.waits.note("left", steady_seconds() - began)
            paced.budget.give_up(place, is_late=False)
            paced.budget.ended(place, counts=False)
            raise
        finally:
            paced.turns.pop(place, None)
            self._look(paced)
        self.waits.note("sent", steady_seconds() - began)

    # Who is next.

    def _look(self, paced: _Paced) -> None:
        """Lets those go whose turn it is, and looks again when the next one's may be."""
        now = steady_seconds()
        for place in paced.budget.going(now):
            turn = paced.turns.pop(place, None)
            if turn is not None and not turn.done():
                turn.set_result(None)
        if paced.timer is not None:
            paced.timer.cancel()
            paced.timer = None
        if self._paced.get(paced.grant.process_id) is not paced:
            return
        at = paced.budget.next_at(now)
        wait = self.bounds.window_seconds if at == math.inf else at - now
        paced.timer = asyncio.get_running_loop().call_later(
            max(_AT_LEAST_SECONDS, wait), self._due, paced
        )

    def _due(self, paced: _Paced) -> None:
        paced.timer = None
        if not self._has_ended(paced):
            self._look(paced)

    def _begin(self, grant: Grant) -> _Paced:
        now = steady_seconds()
        self._resumed.pop(grant.process_id, None)
        budget = self._before.pop(grant.process_id, None)
        if budget is None:
            budget = SpaceBudget(self.bounds, now)
        else:
            budget.begin_again(now)
        paced = self._paced[grant.process_id] = _Paced(grant, budget)
        self.forget(grant.space_id)
        return paced

    def _has_ended(self, paced: _Paced) -> bool:
        if not paced.budget.is_over(steady_seconds()):
            return False
        if self._paced.pop(paced.grant.process_id, None) is paced:
            if paced.timer is not None:
                paced.timer.cancel()
            self._before[paced.grant.process_id] = paced.budget
            self._note_learned(paced)
            log.info("calls_no_longer_paced", space_id=paced.grant.space_id)
        return True

    def _is_resumed(self, process_id: str) -> bool:
        until = self._resumed.get(process_id)
        if until is not None and until <= steady_seconds():
            del self._resumed[process_id]
            return False
        return until is not None

    def _note_learned(self, paced: _Paced) -> None:
        seen = paced.budget.seen(steady_seconds(), is_paced=True)
        process_id = paced.grant.process_id
        if seen.limit is not None:
            window, now = seen.window_seconds, self.clock.timestamp()
            self._learned[process_id] = Learned(process_id, seen.limit, window, now)

    def _refuse(self, paced: _Paced, place: Place) -> None:
        """One that waits makes room for somebody who has fewer waiting."""
        self.refused += 1
        turn = paced.turns.pop(place, None)
        if turn is not None and not turn.done():
            turn.set_exception(self._exhausted(paced))

    def _exhausted(self, paced: _Paced) -> BudgetExhausted:
        seconds = paced.budget.seconds_to_wait(steady_seconds())
        return BudgetExhausted(
            "Notion grants this space no more calls just now. Nothing was sent to Notion. Go on in"
            f" {seconds} s.",
            retry_after_seconds=seconds,
        )

    def _note(self, grant: Grant, refusal: Refusal) -> None:
        self.refused_by_notion += 1
        log.info(
            "refused_by_notion",
            space_id=grant.space_id,
            limit=refusal.reason,
            retry_after_seconds=refusal.seconds,
        )

    def _tell(self, paced: _Paced, refusal: Refusal) -> None:
        """Once for each time that Notion begins to refuse for a limit."""
        if paced.is_told or refusal.is_overload:
            return
        paced.is_told = True
        seen = paced.budget.seen(steady_seconds(), is_paced=True)
        until = self.on_the_clock(seen.held_until)
        self.told(Exhausted(paced.grant, self.clock.now(), until, seen))


@final
class Turn:
    """Of one call. It ends by one of ``granted``, ``ended`` and ``refused``."""

    __slots__ = ("_budgets", "_paced", "_place")

    def __init__(self, budgets: Budgets, paced: _Paced, place: Place) -> None:
        self._budgets = budgets
        self._paced = paced
        self._place = place

    async def comes(self) -> None:
        """Raises BudgetExhausted."""
        await self._budgets.comes(self._paced, self._place)

    def granted(self) -> None:
        self._budgets.granted(self._paced, self._place)

    def ended(self, *, counts: bool) -> None:
        """Without an answer, which Notion may have counted; or with one that says it has not."""
        self._budgets.ended(self._paced, self._place, counts=counts)

    def refused(self, refusal: Refusal) -> bool:
        """By Notion. Whether the call is to be sent again, once its turn ``comes``."""
        return self._budgets.refused_again(self._paced, self._place, refusal)
