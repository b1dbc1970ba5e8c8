"""An answer while it arrives: the connection fills it, one task reads it."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol, final

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.rules.plain_head import PlainHead

HELD_BYTES = 128 * 1024
"""Above this nothing more is read from the socket until what is here was taken."""


class AnswerBroken(OSError):
    """The server's answer broke off, or is none that HTTP/1.1 knows."""


class Receiver(Protocol):
    """Hears of one answer, from the connection that it comes on."""

    has_begun: bool
    """A byte of it has come, or of a provisional one before it."""
    takes_lines: bool
    """It can do with a head that was taken apart by lines."""

    def head_came(self, status: int, headers: RawHeaders, plain: PlainHead | None) -> None:
        """Once. ``headers`` have names in lower case; with ``plain`` they are of no use."""
        ...

    def part_came(self, part: bytes) -> None: ...
    def wake(self) -> None:
        """Everything that came together has been told."""
        ...

    def ended(self) -> None:
        """It is whole; the connection serves another call from here on."""
        ...

    def failed(self, fault: BaseException) -> None:
        """It will not be whole. Perhaps more than once, and after ``ended`` too."""
        ...


@final
class IncomingAnswer:
    """``head`` is done when status and headers are here, these with names in lower
    case. ``cut`` ends the connection, ``pause`` and ``resume`` say whether its socket is read.
    """

    takes_lines = False

    def __init__(
        self, cut: Callable[[], None], pause: Callable[[], None], resume: Callable[[], None]
    ) -> None:
        self.head: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent_at = time.perf_counter()
        self.status = 0
        self.headers: RawHeaders = []
        self.has_begun = False
        """A byte of it has come, or of a provisional one before it."""
        self._cut, self._pause, self._resume = cut, pause, resume
        self._parts: list[bytes] = []
        self._held = 0
        self._paused = False
        self._complete = False
        self._fault: BaseException | None = None
        self._waiting: asyncio.Future[None] | None = None

    @property
    def complete(self) -> bool:
        """It has arrived whole; some of it may be unread."""
        return self._complete

    async def read(self) -> bytes:
        """What has come since the last time, joined; waits where that is nothing. Empty at the
        end. Raises AnswerBroken, or what else ended the connection, after the last byte that came.
        """
        while not self._parts:
            if self._complete:
                return b""
            if self._fault is not None:
                raise self._fault
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        parts, self._parts, self._held = self._parts, [], 0
        if self._paused:
            self._paused = False
            self._resume()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Cuts the connection, unless the answer is complete: then it was given back."""
        if not self._complete:
            self._cut()

    def head_came(self, status: int, headers: RawHeaders, plain: PlainHead | None = None) -> None:
        del plain
        self.status, self.headers = status, headers
        if not self.head.done():
            self.head.set_result(None)

    def part_came(self, part: bytes) -> None:
        self._parts.append(part)
        self._held += len(part)
        if self._held > HELD_BYTES and not self._paused:
            self._paused = True
            self._pause()

    def ended(self) -> None:
        self._complete = True
        if self._paused:
            self._paused = False
            self._resume()
        self.wake()

    def failed(self, fault: BaseException) -> None:
        """The first fault counts. One that nobody waits for any more is forgotten."""
        if self._complete or self._fault is not None:
            return
        self._fault = fault
        if not self.head.done():
            self.head.set_exception(fault)
            self.head.exception()  # looked at: a caller that has gone leaves no warning behind
        self.wake()

    def head_is_late(self) -> None:
        """Its time is over. Where it came just now, and nobody has looked yet, it is in time."""
        if not self.head.done():
            self.failed(TimeoutError())

    def wake(self) -> None:
        """Called when everything that came together is here, so that it is read together."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
