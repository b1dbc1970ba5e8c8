"""Callers that hide nothing: each call goes once, and one without a good answer has failed."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.raw import Connection, connection, request
from tests.support.waiting import until

CALL = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
_ANSWER_SECONDS = 60.0


@dataclass
class Calls:
    """``failed``: what became of those without a 200, by kind."""

    port: int
    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])

    async def once(self, one: Connection) -> bool:
        """Whether the connection can be used again."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await one.send(request(body=CALL))
                status, lines = await one.head()
                headers = {line.partition(b": ")[0].lower(): line for line in lines}
                length = int(headers[b"content-length"].partition(b": ")[2])
                await one.reader.readexactly(length)
        except (OSError, EOFError, TimeoutError) as fault:
            self.failed[type(fault).__name__] += 1
            return False
        if status == 200:
            self.answered += 1
        else:
            self.failed[str(status)] += 1
        return b"close" not in headers.get(b"connection", b"")

    async def over_fresh_ones(self, pause_seconds: float) -> None:
        try:
            async with connection(self.port) as one:
                await asyncio.sleep(pause_seconds)
                await self.once(one)
        except OSError as fault:
            self.failed[type(fault).__name__] += 1

    async def over_a_kept_one(self, pause_seconds: float, done: asyncio.Event) -> None:
        try:
            async with connection(self.port) as one:
                while await self.once(one) and not done.is_set():  # noqa: ASYNC110 - the load's pace
                    await asyncio.sleep(pause_seconds)
        except OSError as fault:
            self.failed[type(fault).__name__] += 1


@asynccontextmanager
async def calling_all_the_time(port: int, *, kept: int, fresh: int) -> AsyncGenerator[Calls]:
    """So many callers of each kind through the block. Every other one pauses between calls, and
    between connecting and calling.
    """
    calls, done = Calls(port), asyncio.Event()

    async def work(number: int, *, keeps: bool) -> None:
        pause = 0.05 * (number % 2)
        while not done.is_set():
            if keeps:
                await calls.over_a_kept_one(pause, done)
            else:
                await calls.over_fresh_ones(pause)

    tasks = [asyncio.create_task(work(one, keeps=one < kept)) for one in range(kept + fresh)]
    try:
        await until(lambda: calls.answered > kept + fresh or bool(calls.failed))
        yield calls
    finally:
        done.set()
        await asyncio.gather(*tasks)
