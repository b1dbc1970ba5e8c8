"""Whose call goes next of those that wait."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import final

from notion_gateway.budget.rules.pace import Pace, Sent, Sharer


@final
class Place:
    """Of one call that waits until ``until``, by the steady clock. ``number``: the order in which
    they came. ``sent`` once it has gone.
    """

    __slots__ = ("number", "sent", "sharer", "since", "until")

    def __init__(self, sharer: Sharer, number: int, since: float, until: float) -> None:
        self.sharer = sharer
        self.number = number
        self.since = since
        self.until = until
        self.sent: Sent | None = None


Order = Callable[[Mapping[Sharer, deque[Place]], Pace], Sharer]


def least_used_first(waiting: Mapping[Sharer, deque[Place]], pace: Pace) -> Sharer:
    """The person who has had least within the window, and of their tokens the one that has. So a
    loop gets what others leave, a person with ten tokens no more than one with none, and a
    person's own chat comes before their agent's loop. Between equals, who has waited longest.
    """

    def order(sharer: Sharer) -> tuple[int, int, int]:
        had, of_it = pace.by_person[sharer.user_id], pace.by_sharer[sharer]
        return had, of_it, waiting[sharer][0].number

    return min(waiting, key=order)


@final
class Turns:
    """Those who wait, each caller's calls in the order in which they came."""

    def __init__(self, order: Order = least_used_first) -> None:
        self._order = order
        self._waiting: dict[Sharer, deque[Place]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def of(self, sharer: Sharer) -> int:
        return len(self._waiting.get(sharer, ()))

    def add(self, place: Place, *, again: bool = False) -> None:
        """``again``: it has gone once already, and comes before the caller's others."""
        theirs = self._waiting.setdefault(place.sharer, deque())
        (theirs.appendleft if again else theirs.append)(place)
        self._count += 1

    def take(self, pace: Pace) -> Place:
        """The next one. There must be one."""
        sharer = self._order(self._waiting, pace)
        place = self._waiting[sharer][0]
        self.remove(place)
        return place

    def remove(self, place: Place) -> bool:
        """Whether it was waiting."""
        theirs = self._waiting.get(place.sharer)
        if theirs is None or place not in theirs:
            return False
        theirs.remove(place)
        self._count -= 1
        if not theirs:
            del self._waiting[place.sharer]
        return True

    def make_room(self, newcomer: Sharer) -> Place | None:
        """The last of whoever has most waiting, taken out; None where the newcomer would have as
        many.
        """
        longest = max(self._waiting.values(), key=len, default=None)
        if longest is None or len(longest) <= self.of(newcomer) + 1:
            return None
        place = longest[-1]
        self.remove(place)
        return place
