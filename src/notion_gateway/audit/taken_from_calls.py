"""Makes entries of what is noted of each request, many at a time, after it has been answered."""

from collections.abc import Mapping, Sequence
from typing import Final, final

from notion_gateway.audit.rules.answers import (
    NONE_CAME,
    TOO_LONG,
    UNREADABLE,
    id_form,
    results_in,
)
from notion_gateway.audit.rules.calls import ToolCall, calls_in, fit_to_keep
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.rules.redaction import kept_form
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.http.recorded_call import LONGEST_BYTES, HeldAnswer, RecordedCall
from notion_gateway.http.request_log import Noted

_CALL: Final = "tools/call"


@final
class CallsTaken:
    """``take`` is given what ``http/request_log.py`` has noted."""

    def __init__(self, writer: AuditWriter) -> None:
        self._writer = writer

    def take(self, noted: Sequence[Noted]) -> None:
        for one in noted:
            recorded = one.recorded
            if recorded is None:
                continue
            if one.called.space_id and one.called.user_id:
                self._keep(one, recorded)
            if recorded.answer is not None:
                recorded.answer.taken()  # whatever has become of it

    def _keep(self, one: Noted, recorded: RecordedCall) -> None:
        called, trace = one.called, one.trace
        found = calls_in(recorded.body)
        calls: Sequence[ToolCall] = found or ()
        is_unread = found is None or (not recorded.body and one.method == "POST")
        is_refused = is_unread and bool(one.reason)
        if not calls and (
            found is None or called.operation == _CALL or (is_refused and not called.operation)
        ):
            calls = [ToolCall(called.tool)]
        said = _Said(recorded, is_readable=found is not None) if calls else None
        keep = self._writer.keep_refused if is_refused else self._writer.keep
        for call in calls:
            entry = Entry(
                at=one.at,
                user_id=fit_to_keep(called.user_id),
                token=called.token,
                client=fit_to_keep(called.client),
                tool=call.tool,
                status=one.status,
                outcome=one.outcome,
                reason=one.reason,
                duration_ms=round(one.seconds * 1000, 3),
                asked_bytes=len(recorded.body),
                answered_bytes=recorded.answered_bytes,
                grant=recorded.grant,
                request_id=one.request_id,
                trace_id="" if trace is None else trace.name,
                rule=fit_to_keep(_rule_of(call, recorded, one.rule)),
                pages=call.named.pages,
                more_pages=call.named.more,
                mcp_client=call.mcp_client or recorded.mcp_client,
                calls=call.count,
                arguments="" if said is None else said.arguments(call),
                result="" if said is None else said.result(call),
            )
            keep(called.space_id, entry)


def _rule_of(call: ToolCall, recorded: RecordedCall, of_all: str) -> str:
    """Of a batch each call has its own; ``of_all``: of any other body."""
    if not recorded.rules or call.count > 1:
        return of_all
    return recorded.rules.get(id_form(call.call_id), of_all)


@final
class _Said:
    """What was said in a body's calls, and to them, as far as the space asks for it.
    ``is_readable``: the body.
    """

    def __init__(self, recorded: RecordedCall, *, is_readable: bool) -> None:
        self._recorded = recorded
        self._results = None if recorded.answer is None else _Results(recorded.answer)
        self._is_readable = is_readable

    def arguments(self, call: ToolCall) -> str:
        if not self._recorded.wants_arguments:
            return ""
        if len(self._recorded.body) > LONGEST_BYTES:
            return TOO_LONG
        return self._left_out(call) or kept_form(call.arguments)

    def result(self, call: ToolCall) -> str:
        return "" if self._results is None else self._left_out(call) or self._results.of(call)

    def _left_out(self, call: ToolCall) -> str:
        if not self._is_readable:
            return UNREADABLE
        return TOO_LONG if call.count > 1 else ""


@final
class _Results:
    """What an answer says to each of its calls."""

    def __init__(self, answer: HeldAnswer) -> None:
        self._otherwise = NONE_CAME
        self._found: Mapping[str, str] = {}
        headers = dict(answer.headers)
        if answer.is_too_long:
            self._otherwise = TOO_LONG
        elif headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            self._otherwise = UNREADABLE
        elif body := answer.taken():
            is_stream = headers.get(b"content-type", b"").lower().startswith(b"text/event-stream")
            self._found = results_in(body, is_stream=is_stream)
            self._otherwise = NONE_CAME if is_stream else UNREADABLE

    def of(self, call: ToolCall) -> str:
        return self._found.get(id_form(call.call_id), self._otherwise)
