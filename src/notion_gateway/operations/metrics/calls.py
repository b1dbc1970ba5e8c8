"""Counts requests out of what is noted of them, many at a time, after they have been answered."""

from collections.abc import Sequence
from typing import Final, final

from notion_gateway.http.request_log import Noted
from notion_gateway.operations.metrics.instruments import (
    ADDED_SECONDS,
    CALL_SECONDS,
    REQUEST_SECONDS,
    Instruments,
)
from notion_gateway.operations.metrics.many import Collected
from notion_gateway.operations.noted import error_of, is_call, method_of
from notion_gateway.proxy.rules.operation import OTHER

MAX_TOOLS: Final = 100
"""Names of tools that are told apart; what comes later is OTHER. Of each process."""
_MAX_KINDS: Final = 4096
_Kind = tuple[str, str, str, int, str, str]


@final
class RequestCounts:
    """``take`` is given what ``http/request_log.py`` has noted."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments
        self._tools: set[str] = set()
        self._calls: dict[_Kind, tuple[Collected, Collected]] = {}
        self._requests: dict[tuple[str, str, int], Collected] = {}

    def take(self, noted: Sequence[Noted]) -> None:
        touched: set[Collected] = set()
        for one in noted:
            called = one.called
            if not is_call(one.path):
                request = self._of_request(one.method, one.route, one.status)
                request.add(one.seconds)
                touched.add(request)
                continue
            kind = (
                one.method,
                called.operation,
                called.tool,
                one.status,
                one.outcome,
                one.reason,
            )
            whole, added = self._calls.get(kind) or self._of_call(kind)
            whole.add(one.seconds)
            touched.add(whole)
            if one.sent_after > 0:
                added.add(one.sent_after)
                touched.add(added)
        for collected in touched:
            collected.give()

    def _of_call(self, kind: _Kind) -> tuple[Collected, Collected]:
        _, operation, tool, status, outcome, reason = kind
        error = error_of(status, outcome, reason)
        labels = (operation, self._known(tool, has_failed=bool(error)), error)
        if len(self._calls) >= _MAX_KINDS:
            self._calls.clear()
        found = self._calls[kind] = (
            Collected(self._instruments.calls, labels, CALL_SECONDS),
            Collected(self._instruments.added, labels, ADDED_SECONDS),
        )
        return found

    def _known(self, tool: str, *, has_failed: bool) -> str:
        """A name is a stranger's to choose: one counts as a tool's once Notion has answered a
        call of it.
        """
        if not tool or tool in self._tools:
            return tool
        if has_failed or len(self._tools) >= MAX_TOOLS:
            return OTHER
        self._tools.add(tool)
        return tool

    def _of_request(self, method: str, route: str, status: int) -> Collected:
        method = method_of(method)
        kind = (method, route, status)
        found = self._requests.get(kind)
        if found is None:
            labels = (method, route, str(status))
            found = Collected(self._instruments.requests, labels, REQUEST_SECONDS)
            self._requests[kind] = found
        return found
