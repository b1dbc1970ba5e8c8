"""One call in callbacks: what the connection to Notion tells, written to the caller's."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.access.call_limits import CallLimits, LimitedCall
from notion_gateway.access.rules.principal import Principal
from notion_gateway.http.callbacks import CallerSide, HeaderUnfit, Request
from notion_gateway.http.gate import BEGAN, REQUEST_ID
from notion_gateway.http.request_log import log_request
from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.kernel.errors import (
    AccessEnded,
    GatewayError,
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.begun import BEGUN, Begun
from notion_gateway.proxy.call import UNAUTHORIZED
from notion_gateway.proxy.exchange import ServerStops
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.upstream import Http1Upstream, may_be_sent_twice
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.rules.headers import headers_downstream
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.upstream import ProxyCall, unpassable

log = structlog.stdlib.get_logger()


@dataclass(slots=True)
class RelayedCall:
    """``began`` by ``perf_counter``. ``only_listens``: it is ended when the server begins to stop,
    or the space is disconnected.
    """

    request: Request
    method: str
    caller: Caller
    lent: LentToken
    opens_links: bool
    only_listens: bool
    request_id: str
    began: float


@final
class Relay:
    """A ``Served`` to the caller's connection, a ``Receiver`` to Notion's.

    It ends once, by whichever comes first: the whole answer, an end of either connection, the
    caller's access, the server's stop, a deadline; then it holds nothing any more.
    """

    __slots__ = (
        "_call",
        "_connection",
        "_deadline",
        "_held",
        "_is_over",
        "_is_paused",
        "_is_whole",
        "_limits",
        "_parts",
        "_proxy",
        "_raw_headers",
        "_side",
        "_status",
        "_upstream",
        "_watched",
        "has_begun",
    )

    def __init__(
        self,
        call: RelayedCall,
        side: CallerSide,
        proxy: Proxy,
        limits: CallLimits,
        upstream: Http1Upstream,
    ) -> None:
        self.has_begun = False
        self._call = call
        self._side = side
        self._proxy = proxy
        self._limits = limits
        self._upstream = upstream
        self._connection: Connection | None = None
        self._held: LimitedCall | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._watched = contextlib.ExitStack() if call.only_listens else None
        self._parts: list[bytes] = []
        self._status = 0
        self._raw_headers: RawHeaders = []
        self._is_whole = False
        self._is_paused = False
        self._is_over = False

    def begin(self, principal: Principal, sent: ProxyCall) -> bool:
        """False where there is no connection at hand. Raises TooManyRequests, or
        UpstreamUnreachable. Nothing was counted or sent then.
        """
        connection = self._upstream.pool.ready()
        if connection is None:
            return False
        call, limits = self._call, self._limits
        try:
            space_id = call.caller.space_id
            held = limits.begin(principal, space_id, len(sent.body), self._access_ended)
            try:
                self._upstream.send(connection, sent, call.lent.access_token, self)
            except GatewayError:
                limits.finish(held)
                raise
        except GatewayError:
            self._upstream.pool.give_back(connection)
            raise
        self._connection, self._held = connection, held
        self._deadline = asyncio.get_running_loop().call_later(
            self._upstream.headers_timeout_seconds, self._head_is_late
        )
        if self._watched is not None:
            self._watched.enter_context(self._proxy.watch.ending(space_id, self._cut_upstream))
        return True

    # What the connection to Notion tells.

    def head_came(self, status: int, headers: RawHeaders) -> None:
        self._status, self._raw_headers = status, headers

    def part_came(self, part: bytes) -> None:
        self._parts.append(part)

    def wake(self) -> None:
        if self._is_over or not self._status:
            return
        if not self._side.started:
            self._start()
        elif self._parts:
            self._side.go_on(self._taken(), is_whole=False)

    def ended(self) -> None:
        self._is_whole = True
        if self._is_over:
            return
        self._resume_upstream()
        if not self._side.started:
            self._start()
        else:
            self._side.go_on(self._taken(), is_whole=True)
            self._end("answered")

    def failed(self, fault: BaseException) -> None:
        if self._is_over or self._is_whole:
            return
        if self._side.started or self._status:
            self.wake()  # what came before goes on
            if not self._is_over:
                self._cut("aborted_upstream")
        elif not self.has_begun and may_be_sent_twice(self._call.method):
            self._hand_over(Begun(is_counted=True))
        else:
            self._hand_over(
                Begun(
                    fault=UpstreamUnreachable(
                        f"Notion could not be reached ({type(fault).__name__}). Try again in a"
                        " moment."
                    )
                )
            )

    # What the caller's connection tells.

    def caller_left(self) -> None:
        if not self._is_over:
            log.info("client_left", started=self._side.started, request_id=self._call.request_id)
            self._cut_upstream()
            self._end("answered" if self._side.started else "client_left")

    def pause(self) -> None:
        if not (self._is_over or self._is_whole or self._is_paused) and self._connection:
            self._is_paused = True
            self._connection.pause()

    def resume(self) -> None:
        self._resume_upstream()

    def server_stops(self, within_seconds: float) -> None:
        if self._call.only_listens:
            self._stopped()
        else:
            asyncio.get_running_loop().call_later(within_seconds, self._stopped)

    # How it ends otherwise.

    def _access_ended(self, why: AccessEnded) -> None:
        if self._is_over:
            return
        self._cut_upstream()
        if self._side.started:
            self._cut("access_ended")
        else:
            self._hand_over(Begun(fault=why))

    def _head_is_late(self) -> None:
        if not self._is_over and not self._status:
            self._cut_upstream()
            self._hand_over(Begun(fault=UpstreamTimeout()))

    def _stopped(self) -> None:
        if self._is_over:
            return
        self._cut_upstream()
        if not self._side.started:
            stopped = UpstreamTimeout("The gateway was stopped before there was an answer.")
            fault = ServerStops() if self._call.only_listens else stopped
            self._hand_over(Begun(fault=fault))
        elif self._call.only_listens and not self._side.has_length:
            self._side.end()
            self._end("answered")
        else:
            self._cut("stopped")

    # Its parts.

    def _start(self) -> None:
        status = self._status
        if status == UNAUTHORIZED:
            self._cut_upstream()
            self._hand_over(Begun(is_counted=True, refused=self._call.lent))
            return
        fault = unpassable(status)
        if fault is None:
            try:
                self._side.start(status, self._headers(), self._taken(), is_whole=self._is_whole)
            except HeaderUnfit:
                fault = UpstreamUnsuitable("Notion answered with a header that no caller can read.")
        if fault is not None:
            self._cut_upstream()
            self._hand_over(Begun(fault=fault))
            return
        if self._deadline is not None:
            self._deadline.cancel()
        if self._is_whole:
            self._end("answered")

    def _headers(self) -> RawHeaders:
        call = self._call
        headers = self._proxy.sessions.outgoing(
            headers_downstream(self._raw_headers), call.caller, opens_links=call.opens_links
        )
        headers.append((b"x-request-id", call.request_id.encode()))
        return headers

    def _taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _resume_upstream(self) -> None:
        if self._is_paused and self._connection is not None:
            self._is_paused = False
            self._connection.resume()

    def _cut_upstream(self) -> None:
        if not self._is_whole and self._connection is not None:
            self._connection.cut()

    def _cut(self, outcome: str) -> None:
        self._end(outcome)
        self._side.cut()

    def _hand_over(self, begun: Begun) -> None:
        self._let_go()
        call = self._call
        self._side.hand_over({BEGUN: begun, BEGAN: call.began, REQUEST_ID: call.request_id})

    def _end(self, outcome: str) -> None:
        self._let_go()
        call = self._call
        path = call.request.path.decode("ascii")
        status = self._status if self._side.started else 0
        log_request(call.method, path, status, outcome, call.began, call.request_id)

    def _let_go(self) -> None:
        self._is_over = True
        if self._deadline is not None:
            self._deadline.cancel()
        if self._held is not None:
            self._limits.finish(self._held)
        if self._watched is not None:
            self._watched.close()
