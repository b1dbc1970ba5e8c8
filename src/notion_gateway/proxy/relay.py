"""One call in callbacks: what the connection to Notion tells, written to the caller's."""

import asyncio
import contextlib
import time
from http import HTTPStatus
from typing import final

import structlog

from notion_gateway.access.call_limits import LimitedCall
from notion_gateway.http.called import NOBODY, Called
from notion_gateway.http.direct import AnswerWriter, HeaderUnfit
from notion_gateway.http.gate import OUTCOME, REQUEST_ID
from notion_gateway.http.request import Request
from notion_gateway.http.request_log import BEGAN, log_request
from notion_gateway.kernel.errors import (
    AccessEnded,
    GatewayError,
    GatewayStopping,
    UpstreamTimeout,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.call import UNAUTHORIZED
from notion_gateway.proxy.handed_over import HANDED_OVER, HandedOver
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.upstream import may_be_sent_twice
from notion_gateway.proxy.list_cache import ANSWERED_FROM_CACHE, AnswerReader, AskedList
from notion_gateway.proxy.relays import Known, Relays
from notion_gateway.proxy.rules.headers import headers_downstream
from notion_gateway.proxy.rules.lists import ListQuestion
from notion_gateway.proxy.rules.plain_head import PlainHead
from notion_gateway.proxy.upstream import unpassable, unreachable

log = structlog.stdlib.get_logger()


@final
class Relay:
    """A ``Served`` to the caller's connection, a ``Receiver`` to Notion's.

    It ends once, by whichever comes first: the whole answer, an end of either connection, the
    caller's access, the server's stop, a deadline; then it holds neither connections nor limits.

    ``began`` by ``perf_counter``.
    """

    takes_lines = True

    __slots__ = (
        "_asked",
        "_called",
        "_connecting",
        "_connection",
        "_head",
        "_held",
        "_is_disconnected",
        "_is_on_a_kept_one",
        "_is_over",
        "_is_paused",
        "_is_whole",
        "_known",
        "_outcome",
        "_parts",
        "_plain",
        "_question",
        "_raw_headers",
        "_reader",
        "_relays",
        "_request",
        "_request_id",
        "_status",
        "_watched",
        "_writer",
        "began",
        "has_begun",
        "sent_at",
    )

    def __init__(
        self,
        relays: Relays,
        request: Request,
        request_id: str,
        writer: AnswerWriter,
        known: Known,
        called: Called = NOBODY,
        question: ListQuestion | None = None,
    ) -> None:
        self.began = request.began
        self.has_begun = False
        self._relays = relays
        self._request = request
        self._request_id = request_id
        self._writer = writer
        self._known = known
        self._called = called
        self._question = question
        self._asked: AskedList | None = None
        self._reader: AnswerReader | None = None
        self._outcome = "answered"
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._held: LimitedCall | None = None
        self._watched: contextlib.ExitStack | None = None
        self._parts: list[bytes] = []
        self._status = 0
        self._raw_headers: RawHeaders = []
        self._plain: PlainHead | None = None
        self._is_whole = False
        self._is_paused = False
        self._is_over = False
        self._is_disconnected = False
        self._is_on_a_kept_one = False
        self._head = b""
        self.sent_at = 0.0

    def begin(self, head: bytes) -> None:
        """Raises TooManyRequests, and nothing was counted or sent then."""
        relays, known = self._relays, self._known
        space_id = known.caller.space_id
        self._held = relays.limits.begin(
            known.principal, space_id, len(self._request.body), self._access_ended
        )
        if known.only_listens:
            self._watched = contextlib.ExitStack()
            self._watched.enter_context(relays.watch.ending(space_id, self._disconnected))
        if self._question is not None and self._is_found(self._question):
            return
        self._head = head
        connection = relays.pool.ready()
        if connection is None:
            self._connect()
            return
        self._is_on_a_kept_one = True
        try:
            self._send(connection)
        except BaseException:
            connection.cut()
            self._let_go()
            raise

    def _is_found(self, question: ListQuestion) -> bool:
        """A list that is in memory is answered as if Notion had just said it; else it is asked."""
        lists = self._relays.lists
        if lists is None:
            return False
        kept = lists.find(question, self._known.lent)
        if kept is None:
            self._asked = lists.ask(question, self._known.lent)
            return False
        # The caller's connection does not know yet who serves it.
        asyncio.get_running_loop().call_soon(self._answer_kept, *kept.answer(question))
        return True

    def _answer_kept(self, headers: RawHeaders, body: bytes) -> None:
        if not self._is_over:
            self._outcome = ANSWERED_FROM_CACHE
            self.head_came(HTTPStatus.OK, headers, None)
            self._parts.append(body)
            self.ended()

    def _connect(self, *, anew: bool = False) -> None:
        """In a task that lasts until there is a connection: a stream that stays open for days
        holds none. ``anew``: by no kept one.
        """
        self._connecting = asyncio.create_task(
            self._send_when_connected(anew=anew), name="connect to Notion"
        )

    async def _send_when_connected(self, *, anew: bool) -> None:
        pool, fault = self._relays.pool, None
        try:
            kept = None if anew else await pool.kept()
            self._is_on_a_kept_one = kept is not None
            self._send(kept or await pool.made())
        except Exception as why:  # noqa: BLE001 - said in the answer, and logged
            fault = self._fault_of(why)
        self._connecting = None
        if fault is not None and not self._is_over:
            self._cut_upstream()
            self._fail(fault)

    def _send(self, connection: Connection) -> None:
        if self._is_over:
            connection.cut()
            return
        self._connection = connection
        self.sent_at = time.perf_counter()
        self._relays.wait(self)
        connection.send(self._head, self._request.body, self)

    def _fault_of(self, why: BaseException) -> GatewayError:
        if isinstance(why, TimeoutError):
            return UpstreamTimeout()
        if isinstance(why, OSError):
            return unreachable(why)
        log.error("proxy_crashed", request_id=self._request_id, exc_info=why)
        return GatewayError()

    # What the connection to Notion tells.

    def head_came(self, status: int, headers: RawHeaders, plain: PlainHead | None) -> None:
        self._status, self._raw_headers, self._plain = status, headers, plain

    def part_came(self, part: bytes) -> None:
        self._parts.append(part)
        lists, space_id = self._relays.lists, self._known.caller.space_id
        if lists is not None and space_id in lists:
            if self._reader is None:
                headers = self._headers_downstream()
                self._reader = AnswerReader(lists, space_id, self._asked, self._status, headers)
            self._reader.part_came(part)

    def wake(self) -> None:
        if self._is_over or not self._status:
            return
        if not self._writer.started:
            self._start()
        elif self._parts:
            self._writer.go_on(self._taken(), is_whole=False)

    def ended(self) -> None:
        self._is_whole = True
        if self._is_over:
            return
        self._resume_upstream()
        if not self._writer.started:
            self._start()
        else:
            self._writer.go_on(self._taken(), is_whole=True)
            self._end("answered")
        if self._reader is not None:
            self._reader.ended()

    def failed(self, fault: BaseException) -> None:
        if self._is_over or self._is_whole:
            return
        if self._writer.started or self._status:
            self.wake()  # what came before goes on
            if not self._is_over:
                self._cut("aborted_upstream")
        elif (
            isinstance(fault, OSError)
            and not isinstance(fault, TimeoutError)
            and self._is_on_a_kept_one
            and not self.has_begun
            and may_be_sent_twice(self._request.method.decode())
        ):
            # The server may have ended the connection while the call was on its way there.
            # Once more is enough, on a new one (RFC 9110 section 9.2.2).
            self._connection = None
            self._connect(anew=True)
        else:
            self._fail(self._fault_of(fault))

    # What the caller's connection tells.

    def caller_left(self) -> None:
        if not self._is_over:
            log.info("client_left", started=self._writer.started, request_id=self._request_id)
            self._cut_upstream()
            self._end("answered" if self._writer.started else "client_left")

    def pause(self) -> None:
        if not (self._is_over or self._is_whole or self._is_paused) and self._connection:
            self._is_paused = True
            self._connection.pause()

    def resume(self) -> None:
        self._resume_upstream()

    @property
    def only_listens(self) -> bool:
        return self._known.only_listens

    def server_stops(self) -> None:
        if self._is_over:
            return
        self._cut_upstream()
        if not self._writer.started:
            self._fail(GatewayStopping(), "stopped")
        elif self._known.only_listens and not self._writer.has_length:
            self._writer.end()
            self._end("answered")
        else:
            self._cut("stopped")

    # How it ends otherwise.

    def _disconnected(self) -> None:
        """Before there is an answer, Notion or the coroutine says what is left of the space."""
        self._is_disconnected = True
        if self._writer.started:
            self._cut_upstream()

    def _access_ended(self, why: AccessEnded) -> None:
        if self._is_over:
            return
        self._cut_upstream()
        if self._writer.started:
            self._cut("access_ended")
        else:
            self._fail(why)

    def head_is_late(self) -> None:
        if not self._is_over and not self._status:
            self._cut_upstream()
            self._fail(UpstreamTimeout())

    # Its parts.

    def _start(self) -> None:
        status = self._status
        if status == UNAUTHORIZED or self._is_disconnected:
            self._cut_upstream()
            refused = self._known.lent if status == UNAUTHORIZED else None
            self._hand_over(HandedOver(is_counted=True, refused=refused))
            return
        fault: GatewayError | None = unpassable(status)
        if fault is None:
            try:
                self._start_with(status, self._taken())
            except HeaderUnfit:
                fault = UpstreamUnsuitable("Notion answered with a header that no caller can read.")
            except Exception as why:  # noqa: BLE001 - said in the answer, and logged
                fault = self._fault_of(why)
        if fault is not None:
            self._cut_upstream()
            self._fail(fault)
            return
        if self._is_whole:
            self._end(self._outcome)
        else:
            self._relays.wait_no_longer(self)

    def _start_with(self, status: int, part: bytes) -> None:
        plain = self._plain
        if plain is not None:
            lines, has_length = plain.lines, plain.has_length
        else:
            headers = self._relays.sessions.outgoing(
                headers_downstream(self._raw_headers),
                self._known.caller,
                opens_links=self._known.opens_links,
            )
            lines = [b": ".join(one) for one in headers]
            has_length = any(name == b"content-length" for name, _ in headers)
        lines.append(b"x-request-id: " + self._request_id.encode())
        self._writer.start(status, lines, part, has_length=has_length, is_whole=self._is_whole)

    def _headers_downstream(self) -> RawHeaders:
        if self._plain is None:
            return headers_downstream(self._raw_headers)
        parts = [line.partition(b":") for line in self._plain.lines]
        return [(name, value.strip()) for name, _, value in parts]

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
        self._writer.cut()

    def _fail(self, fault: Exception, outcome: str = "answered") -> None:
        """There is no answer yet: the coroutine makes one up."""
        self._hand_over(HandedOver(fault=fault, body=self._request.body), outcome)

    def _hand_over(self, handed: HandedOver, outcome: str = "answered") -> None:
        self._let_go()
        self._writer.hand_over(
            {
                HANDED_OVER: handed,
                BEGAN: self.began,
                REQUEST_ID: self._request_id,
                OUTCOME: outcome,
            }
        )

    def _end(self, outcome: str) -> None:
        self._let_go()
        method, path = self._request.method.decode(), self._request.path.decode()
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
