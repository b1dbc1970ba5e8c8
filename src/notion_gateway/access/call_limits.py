"""How much one person may call in one space, so that they cannot slow down the others."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import final

from notion_gateway.access.bytes_in_flight import BytesInFlight, HeldBytes
from notion_gateway.access.open_calls import OpenCalls
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.kernel.errors import TooManyRequests


@final
class CallLimits:
    """``limiter`` counts calls, None for no limit; ``open_calls``: at a time, streams included.
    ``bodies``: how much of them is in memory at a time.

    Callers of trusted headers are limited in bytes of all alone: nobody knows who they are.
    """

    def __init__(
        self,
        limiter: RateLimiter | None,
        open_calls: int,
        under_way: OpenCalls,
        bodies: BytesInFlight,
    ) -> None:
        self._limiter = limiter
        self._open_calls = open_calls
        self._under_way = under_way
        self._bodies = bodies
        self._open: Counter[str] = Counter()

    def request(self, principal: Principal) -> None:
        """One that is no call to Notion: to look at something, or to change it. Counted for
        the person, whatever the space. Raises TooManyRequests.
        """
        if principal.means is not Means.TRUSTED_HEADERS:
            self._count(principal.user_id)

    def _count(self, caller: str) -> None:
        wait = self._limiter.hit(caller) if self._limiter is not None else None
        if wait is not None:
            raise TooManyRequests(
                f"Too many requests within a minute. Go on in {wait} s.",
                retry_after_seconds=wait,
            )

    @contextmanager
    def call(self, principal: Principal, space_id: str | None) -> Generator[HeldBytes]:
        """Around all of a call, its body included: what the body holds is taken from what is
        yielded. ``space_id`` is None where only the body will name the space; then the call
        counts for the person alone until it has.

        Raises TooManyRequests, and AccessEnded where the caller loses access meanwhile, or
        TokenExpired where their token does not last as long as the call.
        """
        if principal.means is Means.TRUSTED_HEADERS:
            held = self._bodies.held_by(None)
            try:
                yield held
            finally:
                held.give_back()
            return
        caller = f"{principal.user_id} {space_id or ''}"
        if self._open[caller] >= self._open_calls:
            raise TooManyRequests(
                f"You have {self._open_calls} calls open in this space. Let some end first.",
                retry_after_seconds=1,
            )
        self._count(caller)
        self._open[caller] += 1
        held = self._bodies.held_by(principal.user_id)
        try:
            if space_id is None:
                yield held
            else:
                with self._under_way.call(principal, space_id):
                    yield held
        finally:
            held.give_back()
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]
