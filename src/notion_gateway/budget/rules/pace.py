"""What is learned of Notion's limit from its refusals, and when the next call may go.

Notion names no number: what it granted in the window before a refusal is the limit, until it
refuses earlier, or grants more when more is tried. A number is believed only if all that went in
that window was counted. Until then calls go a few at a time, as long as Notion grants them.
"""

from collections import Counter, deque
from math import inf
from typing import Final, NamedTuple, final

from notion_gateway.budget.rules.refusal import Refusal

_MARGIN: Final = 1.01
"""A call counts for a little longer here than at Notion, where it arrives later than it is sent."""
_AT_ONCE: Final = 10
"""One of so many parts of the limit may go at once; the rest is spread over the window, so that
whoever comes next does not find it used up."""
_MOST_AT_A_TIME: Final = 32
"""While the limit is not known."""
_MORE: Final = 20
"""One of so many parts is tried beyond the limit, to find out whether it has grown."""
_WINDOWS_UNTIL_MORE: Final = 5
_LONGEST_WINDOW_SECONDS: Final = 600.0
"""A wait that is longer than the window shows that the window is. One of more than this is only
waited for."""


class Sharer(NamedTuple):
    """One of those who share a budget. ``token``: what the caller's token, or the login that it
    belongs to, is listed under; empty for a person without one.
    """

    user_id: str
    token: str = ""


NOBODY: Final = Sharer("")


@final
class Sent:
    """A call that has gone to Notion."""

    __slots__ = ("at", "sharer")

    def __init__(self, at: float, sharer: Sharer) -> None:
        self.at = at
        self.sharer = sharer


@final
class Pace:
    """Of one grant, from Notion's first refusal on. All times by one steady clock, in seconds.
    ``limit``: calls in a window, None while it is not known.
    """

    def __init__(self, now: float, window_seconds: float, limit: int | None = None) -> None:
        self.window_seconds = window_seconds
        self.limit = limit
        self.held_until = now
        self.refused_at = now
        self.by_sharer: Counter[Sharer] = Counter()
        """Within the window, as ``by_person``."""
        self.by_person: Counter[str] = Counter()
        self._sent: deque[Sent] = deque()
        self._counted_since = now
        self._under_way = 0
        self._at_a_time = 1
        self._due = now
        self._in_a_row = 0
        self._more_at = now + window_seconds
        self._more = 1

    def used(self, now: float) -> int:
        """Calls of the last window."""
        self._forget(now)
        return len(self._sent)

    def ready_at(self, now: float) -> float:
        """When the next call may go: now, later, or not before one under way is answered, which
        is infinitely late.
        """
        at = max(now, self.held_until)
        if self.limit is None:
            return at if self._under_way < self._at_a_time else inf
        used = self.used(now)
        if used >= self.limit:
            at = max(at, self._sent[used - self.limit].at + self._counted_for)
        at_once = max(1, self.limit // _AT_ONCE)
        return max(at, self._due - (at_once - 1) * self._apart(self.limit))

    def send(self, now: float, sharer: Sharer) -> Sent:
        sent = Sent(now, sharer)
        self._sent.append(sent)
        self.by_sharer[sharer] += 1
        self.by_person[sharer.user_id] += 1
        self._under_way += 1
        if self.limit is not None:
            self._due = max(now, self._due) + self._apart(self.limit)
            self._try_more(now, self.limit)
        return sent

    def granted(self) -> None:
        self._under_way -= 1
        self._in_a_row = 0
        self._at_a_time = min(_MOST_AT_A_TIME, self._at_a_time + 1)

    def ended(self, sent: Sent, *, counts: bool) -> None:
        """Without an answer that tells, or with one that says that Notion has not acted on it."""
        self._under_way -= 1
        if not counts:
            self._take_out(sent)

    def refused(self, now: float, refusal: Refusal, sent: Sent | None) -> None:
        """``sent`` is None for a call that went before anything was counted."""
        is_new = sent is None or sent.at >= self.refused_at
        if sent is not None:
            self._under_way -= 1
            self._take_out(sent)
        if is_new:
            self._in_a_row += 1
        # Without a word of Notion's how long: a second, two, four, and so on.
        said = refusal.seconds
        wait = min(2.0 ** (self._in_a_row - 1), self.window_seconds) if said is None else said
        self.held_until = max(self.held_until, now + wait)
        self.refused_at = now
        self._at_a_time = 1
        if not refusal.is_overload:
            self._learn(now, wait)

    def is_over(self, now: float) -> bool:
        """Notion has not refused for a window, and less than half of what it grants was used."""
        if self._under_way or now < max(self.held_until, self.refused_at + self.window_seconds):
            return False
        return self.limit is None or self.used(now) <= self.limit // 2

    @property
    def _counted_for(self) -> float:
        return self.window_seconds * _MARGIN

    def _apart(self, limit: int) -> float:
        return self.window_seconds / limit

    def _learn(self, now: float, wait: float) -> None:
        if self.window_seconds < wait <= _LONGEST_WINDOW_SECONDS:
            self.window_seconds = wait  # nobody has to wait for longer than a window
            self._counted_since, self.limit = now, None
            return
        if now - self._counted_since >= self.window_seconds:
            self.limit = max(1, self.used(now))
        if self.limit is not None:
            self._more = max(1, self.limit // _MORE)
            self._more_at = now + _WINDOWS_UNTIL_MORE * self.window_seconds

    def _try_more(self, now: float, limit: int) -> None:
        """Where the limit was reached and Notion did not refuse, again and again twice as much."""
        if now < self._more_at:
            return
        self._more_at = now + self.window_seconds
        if self.used(now) * 10 >= limit * 9:
            self.limit = limit + self._more
            self._more *= 2

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0].at <= now - self._counted_for:
            self._count_less(self._sent.popleft())

    def _take_out(self, sent: Sent) -> None:
        if sent in self._sent:
            self._sent.remove(sent)
            self._count_less(sent)

    def _count_less(self, sent: Sent) -> None:
        sharer, person = sent.sharer, sent.sharer.user_id
        self.by_sharer[sharer] -= 1
        if not self.by_sharer[sharer]:
            del self.by_sharer[sharer]
        self.by_person[person] -= 1
        if not self.by_person[person]:
            del self.by_person[person]
