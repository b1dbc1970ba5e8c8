"""Who gets a connection to the database first, where more want one than there are.

Thousands of tokens may expire together, and each call then reads its space's stream. What a
renewal under way has to store must not wait behind them: a pair that was redeemed exists in one
memory only until then, and a lease runs out. So some connections are kept for those who come first.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Generator
from contextvars import ContextVar
from typing import final

_comes_first: ContextVar[bool] = ContextVar("comes_first", default=False)


@contextlib.contextmanager
def coming_first() -> Generator[None]:
    """In the block, and in tasks that are begun in it, connections are taken before others'."""
    before = _comes_first.set(True)
    try:
        yield
    finally:
        _comes_first.reset(before)


@final
class Places:
    """Of ``connections``, ``kept`` are for who comes first; they take others as well, as far as
    those are free.
    """

    def __init__(
        self,
        connections: int,
        *,
        kept: int,
        patience_seconds: float,
        has_one_writer: bool = False,
    ) -> None:
        """``patience_seconds``: how long others wait for a place, and all for their turn to write.

        ``has_one_writer``: of several who write at a time, SQLite lets one, and the others try
        again after pauses that grow, in no order: one of many may never come to it. So they stand
        in line here.
        """
        self._writing = asyncio.Lock() if has_one_writer else None
        self._for_others = asyncio.Semaphore(max(1, connections - kept))
        self._patience_seconds = patience_seconds

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncGenerator[None]:
        """A place for the length of the block. Raises TimeoutError."""
        if _comes_first.get():
            yield
            return
        if self._for_others.locked():
            async with asyncio.timeout(self._patience_seconds):
                await self._for_others.acquire()
        else:
            await self._for_others.acquire()  # at once
        try:
            yield
        finally:
            self._for_others.release()

    @contextlib.asynccontextmanager
    async def turn_to_write(self) -> AsyncGenerator[None]:
        """For the length of the block, nobody else of this process writes, where that would only
        be in the way. Raises TimeoutError.
        """
        if self._writing is None:
            yield
            return
        async with asyncio.timeout(self._patience_seconds):
            await self._writing.acquire()
        try:
            yield
        finally:
            self._writing.release()
