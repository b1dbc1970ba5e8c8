"""How much one person may call in one space, so that they cannot slow down the others."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, final

from notion_gateway.access.bytes_in_flight import BytesInFlight, HeldBytes
from notion_gateway.access.open_calls import OpenCall, OpenCalls
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.kernel.errors import AccessEnded, TooManyRequests
from notion_gateway.kernel.worker_counts import CountTable

_TRUSTED: Final = Means.TRUSTED_HEADERS
"""Looked up once: Python 3.11 takes long to find a member of an enumeration."""


@final
class CallLimits:
    """``limiter`` counts calls, None for no limit; ``open_calls``: at a time, streams included.
    ``bodies``: how much of them is in memory at a time. ``shared``: with the calls that are open
    in other workers.

    Callers of trusted headers are limited in bytes of all alone: nobody knows who they are.
    """

    def __init__(
        self,
        limiter: RateLimiter | None,
        open_calls: int,
        under_way: OpenCalls,
        bodies: BytesInFlight,
        shared: CountTable | None = None,
    ) -> None:
        self._limiter = limiter
        self._open_calls = open_calls
        self._under_way = under_way
        self._bodies = bodies
        self._open: dict[str, int] = {}
        self._shared = shared

    def request(self, principal: Principal) -> None:
        """One that is no call to Notion: to look at something, or to change it. Counted for
        the person, whatever the space. Raises TooManyRequests.
        """
        if principal.means is not _TRUSTED:
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
        person = _limited(principal)
        body = self._bodies.held_by(person)
        caller = None if person is None else f"{person} {space_id or ''}"
        if caller is not None:
            self._open_one(caller, is_counted=is_counted)
        try:
            if space_id is None or caller is None:
                yield body
            else:
                with self._under_way.call(principal, space_id):
                    yield body
        finally:
            body.give_back()
            if caller is not None:
                self._close_one(caller)

    @contextmanager
    def body(self, principal: Principal) -> Generator[HeldBytes]:
        """Around a large body of a request that is no call: what it holds is taken from what is
        yielded.
        """
        held = self._bodies.held_by(_limited(principal))
        try:
            yield held
        finally:
            held.give_back()

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
        person = _limited(principal)
        if body_bytes:
            self._bodies.take(person, body_bytes)
        mine = LimitedCall(person, body_bytes)
        if person is not None:
            caller = f"{person} {space_id}"
            try:
                self._open_one(caller, is_counted=False)
            except TooManyRequests:
                if body_bytes:
                    self._bodies.give_back(person, body_bytes)
                raise
            mine.caller = caller
            mine.under_way = self._under_way.begin(principal, space_id, break_off)
        return mine

    def finish(self, mine: "LimitedCall") -> None:
        if mine.under_way is not None:
            self._under_way.finish(mine.under_way)
        if mine.body_bytes:
            self._bodies.give_back(mine.person, mine.body_bytes)
        if mine.caller is not None:
            self._close_one(mine.caller)

    def _open_one(self, caller: str, *, is_counted: bool) -> None:
        count = self._open.get(caller, 0)
        if not is_counted:
            if count >= self._open_calls:
                raise self._too_many()
            if self._shared is not None and self._shared.total(caller) >= self._open_calls:
                raise self._too_many()
            self._count(caller)
            if self._shared is not None and not self._shared.take(caller, 1, self._open_calls):
                raise self._too_many()
        elif self._shared is not None:
            self._shared.add(caller, 1)
        self._open[caller] = count + 1

    def _too_many(self) -> TooManyRequests:
        return TooManyRequests(
            f"You have {self._open_calls} calls open in this space. Let some end first.",
            retry_after_seconds=1,
        )

    def _close_one(self, caller: str) -> None:
        if self._shared is not None:
            self._shared.add(caller, -1)
        count = self._open[caller] - 1
        if count:
            self._open[caller] = count
        else:
            del self._open[caller]


def _limited(principal: Principal) -> str | None:
    return None if principal.means is _TRUSTED else principal.user_id


@final
class LimitedCall:
    """What one call takes of the limits. ``person`` and ``caller`` are None for one of trusted
    headers.
    """

    __slots__ = ("body_bytes", "caller", "person", "under_way")

    def __init__(self, person: str | None, body_bytes: int) -> None:
        self.person = person
        self.body_bytes = body_bytes
        self.caller: str | None = None
        self.under_way: OpenCall | None = None
