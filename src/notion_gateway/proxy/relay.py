"""One call in callbacks: what the connection to Notion tells, written to the caller's."""

import asyncio
import contextlib
import time
from typing import Final

import structlog

from notion_gateway.http.called import NOBODY, Called
from notion_gateway.http.direct import AnswerWriter
from notion_gateway.http.request import Request
from notion_gateway.kernel.errors import AccessEnded, GatewayStopping
from notion_gateway.kernel.trace import Trace
from notion_gateway.proxy.answered_call import AnsweredCall
from notion_gateway.proxy.handed_over import HandedOver
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.upstream import may_be_sent_twice
from notion_gateway.proxy.relays import Known, Relays
from notion_gateway.proxy.rules.lists import ListQuestion

log = structlog.stdlib.get_logger()

_ACCESS_ENDED_SECONDS: Final = 2.0
"""For what came while there was access, and has not been taken yet."""


class Relay(AnsweredCall):
    """A ``Served`` to the caller's connection, a ``Receiver`` to Notion's.

    It ends by whichever comes first: the whole answer, an end of either connection, the caller's
    access, the server's stop, a deadline.
    """

    takes_lines = True

    __slots__ = ("_head", "_is_on_a_kept_one", "_question", "has_begun")

    def __init__(
        self,
        relays: Relays,
        request: Request,
        request_id: str,
        writer: AnswerWriter,
        known: Known,
        called: Called = NOBODY,
        question: ListQuestion | None = None,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(relays, request, request_id, writer, known, called, trace)
        self.has_begun = False
        self._question = question
        self._is_on_a_kept_one = False
        self._head = b""

    def begin(self, head: bytes) -> None:
        """Raises TooManyRequests, and nothing was counted or sent then."""
        known = self._known
        self._held = self._relays.limits.begin(
            known.principal, known.caller.space_id, len(self._request.body), self._access_ended
        )
        try:
            self._go_on_with(head)
        except Exception:
            # Notion was not asked, and the limits have counted it: the coroutine goes on. The
            # caller's connection does not know yet who serves it.
            log.exception("proxy_crashed", request_id=self._request_id)
            asyncio.get_running_loop().call_soon(self._leave_to_a_coroutine)
            self._cut_upstream()

    def _go_on_with(self, head: bytes) -> None:
        relays, known = self._relays, self._known
        if known.only_listens:
            self._watched = contextlib.ExitStack()
            self._watched.enter_context(
                relays.watch.ending(known.principal, known.caller, self._disconnected)
            )
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
            raise

    def _leave_to_a_coroutine(self) -> None:
        if not self._is_over:
            self._hand_over(HandedOver(is_counted=True))

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
        if self._trace is not None:
            self._trace.sent()
        self._relays.wait(self)
        connection.send(self._head, self._request.body, self)

    # What the connection to Notion tells.

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
            self._end("access_ended")
            self._writer.cut(_ACCESS_ENDED_SECONDS)
        else:
            self._fail(why)
