"""Clients that hold a stream open, and open it again whenever it ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.support.gateway import PROXY, Caller
from tests.support.waiting import until

_STREAM = {"Accept": "text/event-stream", "X-User-ID": "ada"}


@dataclass
class Listeners:
    """``open`` now; of all that were ``opened``, so many were ``ended`` as HTTP has it, and so many
    ``cut``. ``refused`` by reason: streams that did not open.
    """

    gateway: Callable[[], AbstractContextManager[Caller]] = field(repr=False)
    """Where the next one opens."""
    open: int = 0
    opened: int = 0
    ended: int = 0
    cut: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])

    @asynccontextmanager
    async def at_work(
        self, spaces: Sequence[str], count: int, within_seconds: float
    ) -> AsyncGenerator[None]:
        """So many, from when all are open, until the end of the block."""
        endless = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(timeout=endless, connector=connector) as http:
            tasks = [
                asyncio.create_task(self._listen(http, spaces[number % len(spaces)]))
                for number in range(count)
            ]
            try:
                await until(lambda: self.open == count, within_seconds)
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, http: aiohttp.ClientSession, space: str) -> None:
        while True:
            try:
                await self._once(http, space)
            except (aiohttp.ClientError, OSError):
                self.cut += 1

    async def _once(self, http: aiohttp.ClientSession, space: str) -> None:
        with self.gateway() as caller:
            response = await http.get(caller.url + PROXY, headers={**_STREAM, "X-Space-ID": space})
        async with response:
            if response.status != 200:
                self.refused[str(response.status)] += 1
                return
            self.opened += 1
            self.open += 1
            try:
                async for _ in response.content.iter_any():
                    pass
            finally:
                self.open -= 1
            self.ended += 1
