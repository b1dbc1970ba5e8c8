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
        for _, _, status, outcome, seconds, request_id, called, _, reason, _, at, body in noted:
            if not called.space_id or not called.user_id or body is None:
                continue
            calls: Sequence[ToolCall] = calls_in(body)
            if not calls and called.operation == _CALL:
                calls = [ToolCall(called.tool)]
            for call in calls:
                self._writer.keep(
                    called.space_id,
                    Entry(
                        at=at,
                        user_id=fit_to_keep(called.user_id),
                        token=called.token,
                        client=fit_to_keep(called.client),
                        tool=call.tool,
                        status=status,
                        outcome=outcome,
                        reason=reason,
                        duration_ms=round(seconds * 1000, 3),
                        asked_bytes=len(body),
                        request_id=request_id,
                        pages=call.pages,
                    ),
                )
