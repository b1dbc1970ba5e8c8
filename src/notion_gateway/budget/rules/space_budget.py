"""One grant's budget: which calls go, which wait, and which are refused at once."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from notion_gateway.budget.rules.learned import Learned
from notion_gateway.budget.rules.pace import Pace, Sharer
from notion_gateway.budget.rules.refusal import Refusal
from notion_gateway.budget.rules.turns import Order, Place, Turns, least_used_first

WINDOW_SECONDS: Final = 60.0
"""Notion's, as its documents say: a limit for each connection and minute."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """``wait_seconds``: how long a call waits at most. ``waiting``: how many of a grant do."""

    wait_seconds: float
    waiting: int
    window_seconds: float = WINDOW_SECONDS


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a grant's budget. ``limit``: calls granted in the window, None while it is
    not known. ``used``: in the last window; 0 where nothing is counted. ``held_until``: no call
    goes before, by the steady clock.
    """

    is_paced: bool
    limit: int | None
    window_seconds: float
    used: int
    waiting: int
    refused: int
    refused_by_notion: int
    reason: str
    held_until: float


@final
class SpaceBudget:
    """From Notion's first refusal on. Whatever is told to it comes with the time, by one steady
    clock.
    """

    def __init__(
        self,
        bounds: Bounds,
        now: float,
        order: Order = least_used_first,
        *,
        learned: Learned | None = None,
    ) -> None:
        """``learned``: what was kept of an earlier process's."""
        self.refused = 0
        self.refused_by_notion = 0
        self.reason = ""
        self._bounds = bounds
        self._pace = Pace(now, bounds.window_seconds)
        if learned is not None:
            # A window that is set longer since is believed, not what was counted in a shorter one.
            window = max(learned.window_seconds, bounds.window_seconds)
            is_same = window == learned.window_seconds
            self._pace = Pace(now, window, learned.calls if is_same else None)
        self._turns = Turns(order)
        self._numbers = 0

    def begin_again(self, now: float) -> None:
        """After a time in which nothing was counted; the limit that was seen is remembered."""
        self._pace = Pace(now, self._pace.window_seconds, self._pace.limit)

    # Calls that have not gone yet.

    def ask(self, now: float, sharer: Sharer) -> tuple[Place | None, Place | None]:
        """The caller's place among those who wait; None where it is refused. And a place of
        somebody else's, who is refused for it. Who is next, ``going`` says.
        """
        given_up = None
        if self.earliest(now) > now + self._bounds.wait_seconds:
            self.refused += 1
            return None, None
        if len(self._turns) >= self._bounds.waiting:
            self.refused += 1
            given_up = self._turns.make_room(sharer)
            if given_up is None:
                return None, None
        self._numbers += 1
        place = Place(sharer, self._numbers, now, now + self._bounds.wait_seconds)
        self._turns.add(place)
        return place, given_up

    def going(self, now: float) -> Iterator[Place]:
        """Those that go to Notion now, one after the other."""
        while self._turns and self._pace.ready_at(now) <= now:
            place = self._turns.take(self._pace)
            place.sent = self._pace.send(now, place.sharer)
            yield place

    def next_at(self, now: float) -> float:
        """When to ask for ``going`` again, if nothing is answered before."""
        return self._pace.ready_at(now) if self._turns else math.inf

    def give_up(self, place: Place, *, is_late: bool) -> None:
        """It waits no longer: it is too late, or its caller has left."""
        if self._turns.remove(place) and is_late:
            self.refused += 1

    def seconds_to_wait(self, now: float) -> int:
        """For whoever is refused: until those who wait have gone."""
        limit = self._pace.limit
        behind = 0.0 if limit is None else len(self._turns) * self._pace.window_seconds / limit
        return max(1, math.ceil(max(self.earliest(now) - now, behind)))

    # Those that have gone.

    def granted(self, place: Place) -> None:
        place.sent = None
        self._pace.granted()

    def ended(self, place: Place, *, counts: bool) -> None:
        """As ``Pace.ended``."""
        if place.sent is not None:
            self._pace.ended(place.sent, counts=counts)
            place.sent = None

    def refused_there(self, now: float, refusal: Refusal, place: Place | None) -> bool:
        """Whether the call waits again, at its caller's head. ``place`` is None for one that had
        none.
        """
        self.refused_by_notion += 1
        self.reason = refusal.reason
        self._pace.refused(now, refusal, None if place is None else place.sent)
        if place is None:
            return False
        place.sent = None
        if self.earliest(now) >= place.until:
            return False
        self._turns.add(place, again=True)
        return True

    # How it stands.

    def earliest(self, now: float) -> float:
        """No call goes before. While the limit is not known, one under way may be refused."""
        at = self._pace.ready_at(now)
        return max(now, self._pace.held_until) if at == math.inf else at

    def is_over(self, now: float) -> bool:
        return not self._turns and self._pace.is_over(now)

    def seen(self, now: float, *, is_paced: bool) -> Seen:
        pace = self._pace
        return Seen(
            is_paced=is_paced,
            limit=pace.limit,
            window_seconds=pace.window_seconds,
            used=pace.used(now) if is_paced else 0,
            waiting=len(self._turns),
            refused=self.refused,
            refused_by_notion=self.refused_by_notion,
            reason=self.reason,
            held_until=pace.held_until,
        )
