"""Makes entries of what is noted of each request, many at a time, after it has been answered."""

from collections.abc import Sequence
from typing import Final, final

from notion_gateway.audit.rules.calls import ToolCall, calls_in, fit_to_keep
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.http.request_log import Noted

_CALL: Final = "tools/call"


@final
class CallsTaken:
    """``take`` is given what ``http/request_log.py`` has noted."""

    def __init__(self, writer: AuditWriter) -> None:
        self._writer = writer

    def take(self, noted: Sequence[Noted]) -> None:
        for one in noted:
            called, recorded, trace = one.called, one.recorded, one.trace
            if not called.space_id or not called.user_id or recorded is None:
                continue
            calls: Sequence[ToolCall] = calls_in(recorded.body)
            is_unread = bool(one.reason) and not recorded.body and one.method == "POST"
            if not calls and (called.operation == _CALL or (is_unread and not called.operation)):
                calls = [ToolCall(called.tool)]
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
                )
                keep = self._writer.keep_refused if is_unread else self._writer.keep
                keep(called.space_id, entry)
