"""Requests that must not be sent twice, such as the redemption of a refresh token.

Whether one that got no answer was acted on, nobody can tell; a second one may then cost what the
first has brought. So everything is done beforehand to make an answer likely, and the wait for it
is long.
"""

import asyncio
import math
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, final

import aiohttp

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import (
    GAVE_UP_WAITING,
    AnswerLost,
    BeforeBody,
    HttpAnswer,
    HttpRequest,
)
from notion_gateway.kernel.outbound.session import SocketFactory
from notion_gateway.kernel.outbound.sockets import reset_on_close
from notion_gateway.kernel.outbound.transport import read_answer, standing_headers, unreachable

_ATTEMPTS = 3
_MOST_KEPT = 16
_KEPT_PROOF_SECONDS = 2.0
"""So long one waits for a harmless answer over a connection that was kept."""


@final
class UnrepeatableRequests:
    """Each has a connection for itself, which has answered a harmless request first.

    - A connection whose last request was answered is kept for a few seconds: where many tokens
      are renewed one after the other, connecting would cost more than all else. The next request
      that goes over it has a harmless one of its own before it.
    - Its body leaves at most ``fresh_seconds`` after that answer, on the same connection: a path
      that stalls, and delivers later what it held, is noticed before anything is at stake. Where
      the server ends every connection after one answer, the third attempt makes do with a new
      one that was made since then.
    - Once it has left, it is waited for as long as its connection lives, ``answer_seconds`` at
      most. Notion may be slow; giving up and trying again would be the second time.
    - What is given up is cut by a reset, which takes along what the system has not yet sent. So
      does the end of the process.
    """

    def __init__(
        self,
        open_session: Callable[[SocketFactory], aiohttp.ClientSession],
        *,
        notion_version: str | None = None,
        proof_seconds: float = 10.0,
        fresh_seconds: float = 1.0,
        answer_seconds: float = 300.0,
        kept_seconds: float = 5.0,
    ) -> None:
        """``proof_seconds`` is for connecting and the harmless request together."""
        self._open_session = open_session
        self._headers = standing_headers(notion_version)
        self._proof_seconds = proof_seconds
        self._fresh_seconds = fresh_seconds
        self._answer_seconds = answer_seconds
        self._kept_seconds = kept_seconds
        self._kept: list[_Way] = []
        """Those that nobody uses, the one that was used last at the end."""

    async def send(
        self, request: HttpRequest, *, proof: HttpRequest, before_body: BeforeBody
    ) -> HttpAnswer:
        """``proof`` is the harmless request, to the same origin.

        Raises UpstreamUnreachable, UpstreamTimeout or UpstreamUnsuitable where it is certain that
        the server is not working on it: nothing has left, or an answer came that cannot be read.
        Raises AnswerLost where nobody knows.
        """
        for attempt in range(_ATTEMPTS):
            try:
                async with self._way() as way:
                    await self._prove(way, proof)
                    departure = _Departure(
                        before_body,
                        way.sockets,
                        leave_until=steady_seconds() + self._fresh_seconds,
                        on_same_connection=attempt < _ATTEMPTS - 1,
                    )
                    return await self._send(way.session, request, departure)
            except _Unproven:
                continue
        raise UpstreamTimeout

    async def close(self) -> None:
        """What is kept; whoever uses a connection closes it."""
        self._kept_seconds = 0.0
        await self._close_kept(math.inf)

    @asynccontextmanager
    async def _way(self) -> AsyncGenerator["_Way"]:
        """For one user at a time, and kept for the next where nothing went wrong."""
        await self._close_kept(steady_seconds() - self._kept_seconds)
        if self._kept:
            way = self._kept.pop()
        else:
            sockets = _Sockets()
            way = _Way(self._open_session(sockets.make), sockets)
        async with AsyncExitStack() as closing:
            closing.push_async_callback(way.session.close)
            yield way
            if self._kept_seconds and len(self._kept) < _MOST_KEPT:
                way.used_at = steady_seconds()
                self._kept.append(way)
                closing.pop_all()

    async def _close_kept(self, used_before: float) -> None:
        while self._kept and self._kept[0].used_at <= used_before:
            await self._kept.pop(0).session.close()

    async def _prove(self, way: "_Way", proof: HttpRequest) -> None:
        """Any answer will do but that of whoever cannot reach the server.

        Raises _Unproven for a connection that was kept: perhaps a new one finds a path.
        """
        seconds = (
            self._proof_seconds if way.is_new else min(_KEPT_PROOF_SECONDS, self._proof_seconds)
        )
        try:
            await self._ask(way.session, proof, seconds)
        except (UpstreamTimeout, UpstreamUnreachable):
            if way.is_new:
                raise
            await self._close_kept(math.inf)
            raise _Unproven from None

    async def _ask(
        self, session: aiohttp.ClientSession, proof: HttpRequest, seconds: float
    ) -> None:
        try:
            async with session.request(
                proof.method,
                proof.url,
                headers={**self._headers, **proof.headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as answer:
                await read_answer(answer)  # to its end, so that the connection is kept
        except TimeoutError:
            raise UpstreamTimeout from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as fault:
            raise unreachable(fault) from None
        if answer.status in GAVE_UP_WAITING:
            raise UpstreamUnreachable(f"Notion is out of reach of what answers: {answer.status}.")

    async def _send(
        self, session: aiohttp.ClientSession, request: HttpRequest, departure: "_Departure"
    ) -> HttpAnswer:
        answered = False
        try:
            async with session.request(
                request.method,
                request.url,
                headers={
                    **self._headers,
                    **request.headers,
                    "content-length": str(len(request.body)),
                },
                data=departure.body(request.body),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=self._answer_seconds, sock_connect=self._proof_seconds
                ),
            ) as answer:
                answered = True
                return await read_answer(answer)
        except (TimeoutError, aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as fault:
            if answered:
                raise UpstreamUnsuitable("Notion's answer broke off.") from None
            if departure.has_left:
                raise AnswerLost(type(fault).__name__) from None
            if departure.unproven:
                raise _Unproven from None
            if isinstance(fault, TimeoutError):
                raise UpstreamTimeout from None
            raise unreachable(fault) from None


@final
class _Sockets:
    """Those that one session has made: at least one for each connection."""

    def __init__(self) -> None:
        self.count = 0

    def make(self, found: tuple[int, int, int, str, Any]) -> socket.socket:
        self.count += 1
        return reset_on_close(found)


@final
@dataclass(slots=True)
class _Way:
    """A session with at most one connection. ``used_at`` is on the clock of ``steady_seconds``."""

    session: aiohttp.ClientSession
    sockets: _Sockets
    used_at: float = -math.inf

    @property
    def is_new(self) -> bool:
        return self.used_at == -math.inf


@final
class _Departure:
    """Decides at the last moment whether a body goes out. Made when the path has answered."""

    def __init__(
        self,
        before_body: BeforeBody,
        sockets: _Sockets,
        *,
        leave_until: float,
        on_same_connection: bool,
    ) -> None:
        """``leave_until`` is on the clock of ``steady_seconds``."""
        self._before_body = before_body
        self._sockets = sockets
        self._leave_until = leave_until
        self._sockets_then = sockets.count
        self._on_same_connection = on_same_connection
        self.unproven = False
        """The answer is too long ago, or came on another connection."""
        self.has_left = False

    async def body(self, body: bytes) -> AsyncGenerator[bytes]:
        """Asked for when the connection stands."""
        if not await self._before_body():
            raise _Withheld
        if steady_seconds() > self._leave_until or self._is_another_connection():
            self.unproven = True
            raise _Withheld
        self.has_left = True
        yield body

    def _is_another_connection(self) -> bool:
        return self._on_same_connection and self._sockets.count != self._sockets_then


class _Withheld(OSError):
    """The body stays here."""


class _Unproven(Exception):
    """Nothing has left, and the path has to answer once more."""
