"""Delivers what is written down, until a webhook has it, or three days are over."""

import asyncio
import random
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, final

import structlog
from cachetools import TTLCache

from notion_gateway.kernel.clock import Clock, steady_seconds
from notion_gateway.kernel.errors import GatewayError, SecretUnreadable
from notion_gateway.kernel.tally import Tally
from notion_gateway.kernel.waiting import ends_unless
from notion_gateway.notices.deliveries import Deliveries, Delivery
from notion_gateway.notices.rules.retries import Failure, next_attempt_at
from notion_gateway.notices.sender import Attempt
from notion_gateway.notices.ways import Ways

log = structlog.stdlib.get_logger()

LOOK_EVERY_SECONDS: Final = 10.0
_BUSY_SECONDS: Final = 5.0
"""So long after this gateway has written something, looks are frequent: it is about to be there."""
_BUSY_LOOK_SECONDS: Final = 0.2
AT_ONCE: Final = 20
"""Attempts that one gateway has under way, besides those of slow addresses."""
SLOW_AT_ONCE: Final = 20
"""Attempts of slow addresses; with more of them the others wait, too."""
SLOW_AFTER_SECONDS: Final = 2.0
_SLOW_FOR_SECONDS: Final = 3600.0
_MOST_SLOW: Final = 1000
_LET_END_SECONDS: Final = 2.0


def _none_slow() -> TTLCache[str, bool]:
    return TTLCache[str, bool, float](_MOST_SLOW, _SLOW_FOR_SECONDS)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    webhook_id: str
    since: float

    @property
    def took(self) -> float:
        return steady_seconds() - self.since


@final
@dataclass(frozen=True)
class Delivering:
    """Every gateway may run it: each message is one gateway's at a time. Each address gets one
    message at a time, and no address waits for another: those that take long have room of their
    own, so that many of them do not take everybody's. ``wrote`` as ``Outbox`` has it; what
    others write is found with the next look. ``tally``: what became of attempts: ``delivered``,
    ``failed``, to be tried again, or ``given_up``.
    """

    deliveries: Deliveries
    ways: Ways
    clock: Clock
    wrote: asyncio.Event
    look_every_seconds: float = LOOK_EVERY_SECONDS
    tally: Tally = field(init=False, repr=False, default_factory=Tally)
    _under_way: dict[str, _UnderWay] = field(
        init=False, repr=False, default_factory=dict[str, "_UnderWay"]
    )
    """By message."""
    _slow: TTLCache[str, bool] = field(init=False, repr=False, default_factory=_none_slow)
    """Webhooks whose last attempt took long."""
    _ended: asyncio.Event = field(init=False, repr=False, default_factory=asyncio.Event)
    """Set once an attempt has: its address may get the next message."""

    async def run(self, stop: asyncio.Event) -> None:
        """Looks again and again until ``stop`` is set; no fault ends it."""
        busy_until = 0.0
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                self._ended.clear()
                if self.wrote.is_set():
                    self.wrote.clear()
                    busy_until = steady_seconds() + _BUSY_SECONDS
                with _faults_logged():
                    async for one in self._due():
                        began = _UnderWay(one.webhook_id, steady_seconds())
                        self._under_way[one.delivery_id] = began
                        group.create_task(self._tried(one, stop))
                if steady_seconds() < busy_until:
                    await _any_within([stop, self._ended], _BUSY_LOOK_SECONDS)
                else:
                    is_full = len(self._under_way) >= AT_ONCE  # until some count as slow
                    seconds = SLOW_AFTER_SECONDS if is_full else self.look_every_seconds
                    await _any_within([stop, self._ended, self.wrote], seconds)

    async def _due(self) -> AsyncGenerator[Delivery]:
        """What may begin now. Raises StoreUnavailable."""
        slow = sum(self._is_slow(one) for one in self._under_way.values())
        quick = len(self._under_way) - min(slow, SLOW_AT_ONCE)
        now = self.clock.timestamp()
        room, slow_room = AT_ONCE - quick, SLOW_AT_ONCE - slow
        if max(room, slow_room if self._slow else 0) <= 0:
            return
        if not await self.deliveries.is_any_due(now):
            return
        busy = {one.webhook_id for one in self._under_way.values()}
        if room > 0:
            for one in await self.deliveries.take(now, room, busy | {*self._slow}):
                busy.add(one.webhook_id)
                yield one
        # The second lot is of whoever is due, so that the quick ones among it count as well.
        slow_room = min(slow_room, AT_ONCE + SLOW_AT_ONCE - len(self._under_way))
        if slow_room > 0 and self._slow:
            for one in await self.deliveries.take(now, slow_room, busy):
                yield one

    def _is_slow(self, one: "_UnderWay") -> bool:
        return one.webhook_id in self._slow or one.took > SLOW_AFTER_SECONDS

    async def _tried(self, one: Delivery, stop: asyncio.Event) -> None:
        try:
            with _faults_logged():
                await self._try(one, stop)
        finally:
            under_way = self._under_way.pop(one.delivery_id)
            if under_way.took > SLOW_AFTER_SECONDS:
                self._slow[one.webhook_id] = True
            else:
                self._slow.pop(one.webhook_id, None)
            self._ended.set()

    async def _try(self, one: Delivery, stop: asyncio.Event) -> None:
        began = steady_seconds()
        try:
            attempt = await ends_unless(stop, self.ways.deliver(one), _LET_END_SECONDS)
        except SecretUnreadable:
            attempt = Attempt(failure=Failure.SECRET_UNREADABLE)
        now = self.clock.timestamp()
        if attempt is None:
            await self.deliveries.give_back(one, now)
            return
        named = {"webhook_id": one.webhook_id, "space_id": one.space_id, "kind": one.kind}
        if attempt.failure is None:
            await self.deliveries.delivered(one, now, attempt.status or 0)
            self.tally.note("delivered", steady_seconds() - began)
            log.info("webhook_delivered", **named, attempts=one.attempts)
            return
        next_at = None
        if not attempt.is_final:
            next_at = next_attempt_at(now, one.attempts, one.give_up_at, random.random())  # noqa: S311
        await self.deliveries.failed(one, now, attempt.failure, attempt.status, next_at)
        outcome = "failed" if next_at is not None else "given_up"
        self.tally.note(outcome, steady_seconds() - began)
        event = "webhook_failed" if next_at is not None else "webhook_given_up"
        log.warning(event, **named, attempts=one.attempts, reason=attempt.failure)


@contextmanager
def _faults_logged() -> Generator[None]:
    try:
        yield
    except GatewayError as fault:
        log.warning("webhooks_interrupted", reason=fault.reason)
    except Exception:
        log.exception("webhooks_interrupted")


async def _any_within(events: Sequence[asyncio.Event], seconds: float) -> None:
    waiting = [asyncio.ensure_future(one.wait()) for one in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
