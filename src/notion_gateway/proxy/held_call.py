"""One call in callbacks: what it holds, and how it ends."""

import asyncio
import contextlib

import structlog

from notion_gateway.access.call_limits import LimitedCall
from notion_gateway.http.called import CALLED, Called
from notion_gateway.http.direct import AnswerWriter
from notion_gateway.http.gate import OUTCOME, REQUEST_ID, TRACE
from notion_gateway.http.recorded_call import RECORDED, RecordedCall
from notion_gateway.http.request import Request
from notion_gateway.http.request_log import BEGAN, RULE, log_request
from notion_gateway.kernel.errors import GatewayError, UpstreamTimeout
from notion_gateway.kernel.trace import Trace
from notion_gateway.proxy.handed_over import HANDED_OVER, HandedOver
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.relays import Known, Relays
from notion_gateway.proxy.upstream import unreachable

log = structlog.stdlib.get_logger()


class HeldCall:
    """It ends once, and then holds neither a connection to Notion nor limits: its answer has gone
    to the caller, or a coroutine takes over.

    ``began`` and ``sent_at`` by ``perf_counter``.
    """

    __slots__ = (
        "_called",
        "_connecting",
        "_connection",
        "_held",
        "_is_over",
        "_is_paused",
        "_is_whole",
        "_known",
        "_recorded",
        "_relays",
        "_request",
        "_request_id",
        "_status",
        "_trace",
        "_watched",
        "_writer",
        "began",
        "rule",
        "sent_at",
    )

    def __init__(
        self,
        relays: Relays,
        request: Request,
        request_id: str,
        writer: AnswerWriter,
        known: Known,
        called: Called,
        trace: Trace | None,
    ) -> None:
        self.began = request.began
        self.sent_at = 0.0
        self.rule = ""
        """Of the space's policy, where it has one: by which the call goes on."""
        self._relays = relays
        self._request = request
        self._request_id = request_id
        self._writer = writer
        self._known = known
        self._called = called
        self._trace = trace
        self._recorded: RecordedCall | None = None
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._held: LimitedCall | None = None
        self._watched: contextlib.ExitStack | None = None
        self._status = 0
        """Of Notion's answer; 0 before its head has come."""
        self._is_whole = False
        """Notion's answer has come to its end."""
        self._is_paused = False
        """Notion's connection is not read."""
        self._is_over = False

    def head_is_late(self) -> None:
        if not self._is_over and not self._status:
            self._cut_upstream()
            self._fail(UpstreamTimeout())

    def _fault_of(self, why: BaseException) -> GatewayError:
        if isinstance(why, TimeoutError):
            return UpstreamTimeout()
        if isinstance(why, OSError):
            return unreachable(why)
        log.error("proxy_crashed", request_id=self._request_id, exc_info=why)
        return GatewayError()

    def _cut_upstream(self) -> None:
        if not self._is_whole and self._connection is not None:
            self._connection.cut()

    def _cut(self, outcome: str) -> None:
        self._end(outcome)
        self._writer.cut()

    def _fail(self, fault: Exception, outcome: str = "answered") -> None:
        """There is no answer yet: the coroutine makes one up."""
        self._hand_over(HandedOver(fault=fault, body=self._request.body), outcome)

    def _hand_over(self, handed: HandedOver, outcome: str = "answered") -> None:
        self._let_go()
        recorded = self._recorded
        if recorded is not None:
            recorded.answered_bytes = 0  # the coroutine counts its own answer
        self._writer.hand_over(
            {
                HANDED_OVER: handed,
                BEGAN: self.began,
                REQUEST_ID: self._request_id,
                OUTCOME: outcome,
                TRACE: self._trace,
                CALLED: self._called,
                RECORDED: recorded,
                RULE: self.rule,
            }
        )

    def _end(self, outcome: str) -> None:
        self._let_go()
        method, path = self._known.in_log
        status = self._status if self._writer.started else 0
        log_request(
            method,
            path,
            status,
            outcome,
            self.began,
            self._request_id,
            self._called,
            self.sent_at,
            recorded=self._recorded,
            trace=self._trace,
            rule=self.rule,
        )

    def _let_go(self) -> None:
        self._is_over = True
        self._connection = None
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        self._relays.wait_no_longer(self)
        if self._held is not None:
            self._relays.limits.finish(self._held)
            self._held = None
        if self._watched is not None:
            self._watched.close()

    def _resume_upstream(self) -> None:
        if self._is_paused and self._connection is not None:
            self._is_paused = False
            self._connection.resume()
