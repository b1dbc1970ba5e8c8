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
        calls: Sequence[ToolCall] = calls_in(recorded.body)
        is_unread = bool(one.reason) and not recorded.body and one.method == "POST"
        if not calls and (called.operation == _CALL or (is_unread and not called.operation)):
            calls = [ToolCall(called.tool)]
        results = _Results(recorded.answer) if calls and recorded.answer is not None else None
        keep = self._writer.keep_refused if is_unread else self._writer.keep
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
                rule=fit_to_keep(one.rule),
                pages=call.pages,
                arguments=_arguments(recorded, call),
                result="" if results is None else results.of(call),
            )
            keep(called.space_id, entry)


def _arguments(recorded: RecordedCall, call: ToolCall) -> str:
    if not recorded.wants_arguments:
        return ""
    return TOO_LONG if len(recorded.body) > LONGEST_BYTES else kept_form(call.arguments)


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
