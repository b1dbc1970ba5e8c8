"""Gateway tokens from addresses that were wrong too often: looked up all together, now and then.

A closed door would lock out a colleague behind the same address whose token is good and was not
called with lately. So whoever comes waits a little, and guesses by the thousand cost the
database as much as one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import final

from notion_gateway.access.rules.gateway_tokens import GatewayToken
from notion_gateway.kernel.background import READS_END_WITHIN_SECONDS, Detached
from notion_gateway.kernel.errors import StoreUnavailable, TooManyRequests

LookUp = Callable[[Collection[str]], Awaitable[Mapping[str, GatewayToken]]]
"""Tokens by their SHA-256; what is unknown is left out."""

_EVERY_SECONDS = 0.25
_AGAIN_AFTER_SECONDS = 1


@final
class SlowLane:
    """``max_waiting``: requests at a time; more are refused."""

    def __init__(self, look_up: LookUp, *, max_waiting: int = 1000) -> None:
        self._look_up = look_up
        self._max_waiting = max_waiting
        self._waiting: list[tuple[str, asyncio.Future[GatewayToken | None]]] = []
        self._turns = Detached(READS_END_WITHIN_SECONDS)
        self._is_turning = False

    async def find(self, sha256: str) -> GatewayToken | None:
        """Raises TooManyRequests or StoreUnavailable."""
        if len(self._waiting) >= self._max_waiting:
            raise TooManyRequests(
                "Too many unknown credentials from addresses like this one. Try again.",
                retry_after_seconds=_AGAIN_AFTER_SECONDS,
            )
        found: asyncio.Future[GatewayToken | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sha256, found))
        if not self._is_turning:
            self._is_turning = True
            self._turns.run(self._turn(), "slow-lane")
        return await found

    async def close(self) -> None:
        await self._turns.close()

    async def _turn(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_EVERY_SECONDS)
                waiting, self._waiting = self._waiting, []
                await self._answer(waiting)
        finally:
            self._is_turning = False

    async def _answer(self, waiting: list[tuple[str, asyncio.Future[GatewayToken | None]]]) -> None:
        try:
            known = await self._look_up({sha256 for sha256, _ in waiting})
        except StoreUnavailable as fault:
            for _, found in waiting:
                if not found.done():
                    found.set_exception(StoreUnavailable(str(fault)))
            return
        except BaseException:
            for _, found in waiting:
                found.cancel()
            raise
        for sha256, found in waiting:
            if not found.done():  # the caller may have left
                found.set_result(known.get(sha256))
