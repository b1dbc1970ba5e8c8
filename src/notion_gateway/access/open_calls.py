"""Calls and streams under way: they end with the access of whoever opened them.

A listening stream may stay open for days. Its opener was a member then; when members or
gateway tokens of the space change, everybody who has something open in it is asked for anew.
And each ends when the token expires that it was opened with.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast, final

import structlog

from notion_gateway.access.gateway_tokens import GatewayTokens
from notion_gateway.access.membership import Members
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.principal import Principal
from notion_gateway.kernel.background import READS_END_WITHIN_SECONDS, Detached
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import AccessEnded, StoreUnavailable, TokenExpired
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

_AGAIN_AFTER_SECONDS = 1.0
_EXPIRED_WITHIN_SECONDS = 0.5
"""A timer for each call would cost every call something; a look at all of them costs none."""


@dataclass(eq=False, slots=True)
class OpenCall:
    """``break_off`` is told why; it is called once at most."""

    principal: Principal
    space_id: str
    break_off: Callable[[AccessEnded], object]
    ended: AccessEnded | None = None
    """Why it was broken off."""

    def end(self, why: AccessEnded) -> None:
        self.ended = why
        self.break_off(why)

    def has_expired(self, now: datetime) -> bool:
        last = self.principal.calls_end_at
        return last is not None and now >= last


@final
@dataclass
class OpenCalls:
    members: Members
    tokens: GatewayTokens
    clock: Clock
    revoked: RevokedIssuers | None = None
    _open: dict[str, set[OpenCall]] = field(init=False, repr=False, default_factory=dict[str, Any])
    _looking: Detached = field(
        init=False, repr=False, default_factory=lambda: Detached(READS_END_WITHIN_SECONDS)
    )

    @contextmanager
    def call(self, principal: Principal, space_id: str) -> Generator[None]:
        """Raises AccessEnded where the block is broken off for want of access, TokenExpired where
        that is because of the time.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - an ASGI call always runs in a task
        mine = self.begin(principal, space_id, lambda _: task.cancel())
        try:
            yield
        except asyncio.CancelledError:
            if mine.ended is not None and task.uncancel() == 0:
                raise mine.ended from None
            raise
        finally:
            self.finish(mine)

    def begin(
        self, principal: Principal, space_id: str, break_off: Callable[[AccessEnded], object]
    ) -> OpenCall:
        """For ``finish``, whatever becomes of the call. ``break_off`` as in ``OpenCall``; it may
        be called until then.
        """
        mine = OpenCall(principal, space_id, break_off)
        here = self._open.get(space_id)
        if here is None:
            here = self._open[space_id] = set()
        here.add(mine)
        return mine

    def finish(self, mine: OpenCall) -> None:
        here = self._open.get(mine.space_id)
        if here is not None:
            here.discard(mine)
            if not here:
                del self._open[mine.space_id]

    def changed(self, space_id: str) -> None:
        if space_id in self._open:
            self._looking.run(self._look(space_id), "open-calls")

    def changed_all(self) -> None:
        for space_id in tuple(self._open):
            self.changed(space_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Ends what has expired, until ``stop`` is set; then waits for the looks under way."""
        while not await happens_within(stop, _EXPIRED_WITHIN_SECONDS):
            self.end_expired(self.clock.now())
        await self._looking.close()

    def end_expired(self, now: datetime) -> None:
        for space_id, here in tuple(self._open.items()):
            for one in tuple(here):
                if one.ended is None and one.has_expired(now):
                    self._end(one, space_id, TokenExpired())

    async def _look(self, space_id: str) -> None:
        """Until it is known; while the database cannot be reached nobody is sent away."""
        while found := tuple(self._open.get(space_id, ())):
            try:
                gone = await self._without_access(space_id, found)
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)
                continue
            for one in gone:
                if one.ended is not None or one not in self._open.get(space_id, ()):
                    continue  # it has ended meanwhile, or another look was first
                self._end(one, space_id, AccessEnded())
            return

    def _end(self, one: OpenCall, space_id: str, why: AccessEnded) -> None:
        log.info(
            "open_call_ended",
            space_id=space_id,
            user_id=one.principal.user_id,
            why="token_expired" if isinstance(why, TokenExpired) else "access_ended",
        )
        one.end(why)

    async def _without_access(self, space_id: str, found: Sequence[OpenCall]) -> Sequence[OpenCall]:
        ids = {one.principal.revocable_id for one in found} - {None}
        living = await self.tokens.living_among(cast("set[str]", ids))
        revoked = () if self.revoked is None else self.revoked.listed
        return [
            one
            for one in found
            if not (one.principal.revocable_id is None or one.principal.revocable_id in living)
            or one.principal.issuer in revoked
            or not await self.members.belongs(one.principal, space_id)
        ]
