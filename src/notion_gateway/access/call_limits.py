"""How much one person may call in one space, so that they cannot slow down the others."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import final

from notion_gateway.access.bytes_in_flight import BytesInFlight, HeldBytes
from notion_gateway.access.open_calls import OpenCall, OpenCalls
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.kernel.errors import AccessEnded, TooManyRequests


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
        self._open: dict[str, int] = {}

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
    def call(
        self, principal: Principal, space_id: str | None, *, is_counted: bool = False
    ) -> Generator[HeldBytes]:
        """Around all of a call, its body included: what the body holds is taken from what is
        yielded. ``space_id`` is None where only the body will name the space; then the call
        counts for the person alone until it has. ``is_counted``: it was begun before, and goes on.

        Raises TooManyRequests, and AccessEnded where the caller loses access meanwhile, or
        TokenExpired where their token does not last as long as the call.
        """
        body = self._held_by(principal)
        mine = self._taken(principal, space_id, body, is_counted=is_counted)
        try:
            if space_id is None or mine.caller is None:
                yield mine.body
            else:
                with self._under_way.call(principal, space_id):
                    yield mine.body
        finally:
            self._give_back(mine)

    def begin(
        self,
        principal: Principal,
        space_id: str,
        body_bytes: int,
        break_off: Callable[[AccessEnded], object],
    ) -> "LimitedCall":
        """As ``call``, for one that runs in no task: ``finish`` ends it. ``break_off`` is called,
        once at most and before that, where ``call`` raises AccessEnded. Raises TooManyRequests.
        """
        body = self._held_by(principal)
        body.take(body_bytes)
        try:
            mine = self._taken(principal, space_id, body, is_counted=False)
        except TooManyRequests:
            body.give_back()
            raise
        if mine.caller is not None:
            mine.under_way = self._under_way.begin(principal, space_id, break_off)
        return mine

    def finish(self, mine: "LimitedCall") -> None:
        if mine.under_way is not None:
            self._under_way.finish(mine.under_way)
        self._give_back(mine)

    def _held_by(self, principal: Principal) -> HeldBytes:
        is_proven = principal.means is not Means.TRUSTED_HEADERS
        return self._bodies.held_by(principal.user_id if is_proven else None)

    def _taken(
        self, principal: Principal, space_id: str | None, body: HeldBytes, *, is_counted: bool
    ) -> "LimitedCall":
        if principal.means is Means.TRUSTED_HEADERS:
            return LimitedCall(body)
        caller = f"{principal.user_id} {space_id or ''}"
        count = self._open.get(caller, 0)
        if not is_counted:
            if count >= self._open_calls:
                raise TooManyRequests(
                    f"You have {self._open_calls} calls open in this space. Let some end first.",
                    retry_after_seconds=1,
                )
            self._count(caller)
        self._open[caller] = count + 1
        return LimitedCall(body, caller)

    def _give_back(self, mine: "LimitedCall") -> None:
        mine.body.give_back()
        caller = mine.caller
        if caller is not None:
            count = self._open[caller] - 1
            if count:
                self._open[caller] = count
            else:
                del self._open[caller]


@final
class LimitedCall:
    """What one call takes of the limits. ``caller`` is None for one that is not limited."""

    __slots__ = ("body", "caller", "under_way")

    def __init__(self, body: HeldBytes, caller: str | None = None) -> None:
        self.body = body
        self.caller = caller
        self.under_way: OpenCall | None = None
