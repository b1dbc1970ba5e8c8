"""One call in callbacks: Notion's answer, on its way to the caller."""

import asyncio
from http import HTTPStatus

from notion_gateway.access.rules.tool_calls import may_call_tool
from notion_gateway.budget.rules.exhausted import Grant
from notion_gateway.budget.rules.refusal import (
    STATUSES,
    TOO_MANY,
    Refusal,
    may_refuse,
    refusal_by_status,
    refusal_in,
)
from notion_gateway.http.called import Called
from notion_gateway.http.direct import AnswerWriter, HeaderUnfit
from notion_gateway.http.request import Request
from notion_gateway.kernel.errors import GatewayError, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.trace import Trace
from notion_gateway.proxy.call import UNAUTHORIZED
from notion_gateway.proxy.handed_over import HandedOver
from notion_gateway.proxy.held_call import HeldCall
from notion_gateway.proxy.list_cache import ANSWERED_FROM_CACHE, AnswerReader, AskedList
from notion_gateway.proxy.relays import Known, Relays
from notion_gateway.proxy.rules.answer_form import EVENTS, form_of
from notion_gateway.proxy.rules.headers import headers_downstream
from notion_gateway.proxy.rules.lists import ListQuestion
from notion_gateway.proxy.rules.plain_head import PlainHead
from notion_gateway.proxy.upstream import unpassable


class AnsweredCall(HeldCall):
    """What comes together goes on together. A list may come out of memory instead of Notion."""

    __slots__ = (
        "_asked",
        "_goes_again",
        "_is_disconnected",
        "_outcome",
        "_parts",
        "_plain",
        "_raw_headers",
        "_reader",
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
        super().__init__(relays, request, request_id, writer, known, called, trace)
        self._asked: AskedList | None = None
        self._reader: AnswerReader | None = None
        self._outcome = "answered"
        self._parts: list[bytes] = []
        self._raw_headers: RawHeaders = []
        self._plain: PlainHead | None = None
        self._is_disconnected = False
        self._goes_again = False
        """Notion has refused it for its limit, and did not carry it out."""

    def head_came(self, status: int, headers: RawHeaders, plain: PlainHead | None) -> None:
        self._status, self._raw_headers, self._plain = status, headers, plain
        if status >= TOO_MANY and status in STATUSES:
            now = self._relays.clock.now()
            self._refused(refusal_by_status(status, self._headers_downstream(), now))
        lists = self._relays.lists
        if lists is None:
            return
        form = form_of(headers) if plain is None else plain.form
        if self._asked is not None or form.media_type == EVENTS:
            self._reader = AnswerReader(
                lists,
                self._known.caller.space_id,
                self._asked,
                status,
                [] if self._asked is None else self._headers_downstream(),
                form,
                only_listens=self._known.only_listens,
            )

    def part_came(self, part: bytes) -> None:
        self._parts.append(part)
        if self._reader is not None:
            self._reader.part_came(part)
        if may_refuse(part):
            self._refused(refusal_in(part))

    def _refused(self, refusal: Refusal | None) -> None:
        """The next calls wait for their turn, and so does this one while nothing has gone on."""
        budgets, known = self._relays.budgets, self._known
        if budgets is not None and refusal is not None:
            caller = known.caller
            grant = Grant(caller.space_id, known.lent.process_id, caller.grant_id)
            may_wait = budgets.refused_there(grant, refusal)
            self._goes_again = may_wait and may_call_tool(self._request.body)

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

    def _start(self) -> None:
        status = self._status
        if status == UNAUTHORIZED or self._is_disconnected or self._goes_again:
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
            lines, has_length, more_lines = plain.lines, plain.has_length, plain.more_lines
        else:
            headers = self._relays.sessions.outgoing(
                headers_downstream(self._raw_headers),
                self._known.caller,
                self._known.asks,
                self._known.client,
            )
            lines = [b": ".join(one) for one in headers]
            has_length = any(name == b"content-length" for name, _ in headers)
            more_lines = 0
        lines.append(b"x-request-id: " + self._request_id.encode())
        lines.append(self._known.grant_line)
        self._writer.start(
            status,
            lines,
            part,
            has_length=has_length,
            is_whole=self._is_whole,
            more_lines=more_lines,
        )

    def _headers_downstream(self) -> RawHeaders:
        if self._plain is None:
            return headers_downstream(self._raw_headers)
        lines = b"\r\n".join(self._plain.lines).split(b"\r\n")
        parts = [line.partition(b":") for line in lines]
        return [(name, value.strip()) for name, _, value in parts]

    def _taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

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
            self._status, self._raw_headers = HTTPStatus.OK, headers
            self._parts.append(body)
            self.ended()
