"""How long the parts of a request may take to arrive, and how large they may be.

Without limits a client that sends a byte now and then holds a socket and memory for good.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, final

from notion_gateway.kernel.outbound.messages import RawHeaders

HEAD_SECONDS: Final = 10.0
"""From the connection, or a further request's first byte, to the end of the headers."""
HEAD_BYTES: Final = 64 * 1024
REST_SECONDS: Final = 5.0
"""For the rest of a request that was answered before it had arrived."""
TOO_MANY_SECONDS: Final = 1.0
"""For the head of a request on a connection that is one too many."""
REST_OF_BODY_SECONDS: Final = 0.02
"""A short body that comes later than that after its head is waited for in a coroutine."""
TOO_MANY: Final = HTTPStatus.SERVICE_UNAVAILABLE
_FRAMING_PER_BYTE: Final = 16

Refuse = Callable[[HTTPStatus], object]


@final
class RequestLimits:
    """Of one connection, request after request. What is called when a time is over is given each
    time, so that nothing here holds the connection when no time runs.

    ``in_head``: the end of a head has not come.
    """

    __slots__ = (
        "_body_bytes",
        "_body_deadline",
        "_framing_bytes",
        "_had_body",
        "_head_bytes",
        "_head_deadline",
        "_loop",
        "_read_bytes",
        "_rest_deadline",
        "_was_in_head",
        "in_head",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.in_head = self._was_in_head = True
        self._head_deadline: asyncio.TimerHandle | None = None
        self._rest_deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._read_bytes = 0
        """Of the last read."""
        self._body_bytes = self._had_body = 0
        self._framing_bytes = 0

    # How long.

    @property
    def waits_for_head(self) -> bool:
        return self._head_deadline is not None

    @property
    def waits_for_body(self) -> bool:
        return self._body_deadline is not None

    def expect_head(self, refuse: Refuse) -> None:
        self._head_deadline = self._loop.call_later(
            HEAD_SECONDS, refuse, HTTPStatus.REQUEST_TIMEOUT
        )

    def expect_head_of_one_too_many(self, refuse: Refuse) -> None:
        self._head_deadline = self._loop.call_later(TOO_MANY_SECONDS, refuse, TOO_MANY)

    def expect_body(self, is_late: Callable[[], object]) -> None:
        self._body_deadline = self._loop.call_later(REST_OF_BODY_SECONDS, is_late)

    def expect_rest(self, end: Callable[[], object]) -> None:
        self._rest_deadline = self._loop.call_later(REST_SECONDS, end)

    def head_is_over(self) -> None:
        self.in_head = False
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def body_is_late(self) -> None:
        self._body_deadline = None

    def rest_is_here(self) -> None:
        if self._body_deadline is not None:
            self._body_deadline.cancel()
            self._body_deadline = None
        if self._rest_deadline is not None:
            self._rest_deadline.cancel()
            self._rest_deadline = None

    # How large.

    def head_begins(self) -> None:
        self.in_head = True
        self._head_bytes = 0

    def read_begins(self, size: int) -> None:
        """So many bytes have come, and go to the parser now."""
        self._was_in_head, self._had_body = self.in_head, self._body_bytes
        self._read_bytes = size

    def body_came(self, size: int) -> None:
        self._body_bytes += size

    def framing_begins(self) -> None:
        self._framing_bytes = 0

    def is_head_too_large(self, url: bytes, headers: RawHeaders) -> bool:
        """When it is complete. Without what is between names and values, where it came with much
        else.
        """
        if self._head_bytes + self._read_bytes <= HEAD_BYTES:
            return False
        size = len(url) + sum(len(name) + len(value) for name, value in headers)
        return size > HEAD_BYTES

    def is_read_too_much(self) -> bool:
        """Whether the last read was, which the parser has read: a head without an end, or what
        frames a chunked body.
        """
        if not self._was_in_head:
            came = self._body_bytes - self._had_body
            framing = self._read_bytes - (1 + _FRAMING_PER_BYTE) * came
            self._framing_bytes += max(0, framing)
            return self._framing_bytes > HEAD_BYTES
        if self.in_head:
            self._head_bytes += self._read_bytes
            return self._head_bytes > HEAD_BYTES
        return False
