"""Calls and streams under way: they end with the access of whoever opened them.

A listening stream may stay open for days. Its opener was a member then; when members or
gateway tokens of the space change, everybody who has something open in it is asked for anew.
And each ends when the token expires that it was opened with.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast, final

import structlog

from notion_gateway.access.gateway_tokens import GatewayTokens
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.principal import Principal
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import AccessEnded, StoreUnavailable, TokenExpired
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

_AGAIN_AFTER_SECONDS = 1.0
_EXPIRED_WITHIN_SECONDS = 0.5
"""A timer for each call would cost every call something; a look at all of them costs none."""


@dataclass(eq=False, slots=True)
class _Open:
    principal: Principal
    task: asyncio.Task[Any]
    ended: AccessEnded | None = None
    """Why it was broken off."""

    def end(self, why: AccessEnded) -> None:
        self.ended = why
        self.task.cancel()

    def has_expired(self, now: datetime) -> bool:
        last = self.principal.calls_end_at
        return last is not None and now >= last


@final
@dataclass
class OpenCalls:
    members: Members
    tokens: GatewayTokens
    clock: Clock
    _open: dict[str, set[_Open]] = field(init=False, repr=False, default_factory=dict[str, Any])
    _looking: Detached = field(init=False, repr=False, default_factory=Detached)

    @contextmanager
    def call(self, principal: Principal, space_id: str) -> Generator[None]:
        """Raises AccessEnded where the block is broken off for want of access, TokenExpired where
        that is because of the time.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - an ASGI call always runs in a task
        mine = _Open(principal, task)
        here = self._open.setdefault(space_id, set())
        here.add(mine)
        try:
            yield
        except asyncio.CancelledError:
            if mine.ended is not None and task.uncancel() == 0:
                raise mine.ended from None
            raise
        finally:
            here.discard(mine)
            if not here and self._open.get(space_id) is here:
                del self._open[space_id]

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
        for space_id, here in self._open.items():
            for one in here:
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

    def _end(self, one: _Open, space_id: str, why: AccessEnded) -> None:
        log.info(
            "open_call_ended",
            space_id=space_id,
            user_id=one.principal.user_id,
            why="token_expired" if isinstance(why, TokenExpired) else "access_ended",
        )
        one.end(why)

    async def _without_access(self, space_id: str, found: Sequence[_Open]) -> Sequence[_Open]:
        ids = {one.principal.revocable_id for one in found} - {None}
        living = await self.tokens.living_among(cast("set[str]", ids))
        return [
            one
            for one in found
            if not (one.principal.revocable_id is None or one.principal.revocable_id in living)
            or not await self.members.belongs(one.principal, space_id)
        ]
