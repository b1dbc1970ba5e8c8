"""What is noted of each request: on its way one tuple, out of it a line in the log, counts for the
metrics, and spans, many requests at a time.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple, final

import structlog
from starlette.types import Scope

from notion_gateway.http.called import NOBODY, Called
from notion_gateway.http.recorded_call import RecordedCall
from notion_gateway.kernel.log import masked, replica, writes_json, written_by_thread
from notion_gateway.kernel.log_level import is_logged
from notion_gateway.kernel.log_stream import LogThread
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.trace import Trace

log = structlog.stdlib.get_logger()

WRITTEN_WITHIN_SECONDS: Final = 0.05
"""And no more than so many lines are lost, with a process that is killed."""
NOTED_AT_A_TIME: Final = 128
BEGAN: Final = "notion_gateway.began"
"""Where the scope holds since when a request is served that did not begin as an ASGI call."""
_REASON: Final = "notion_gateway.reason"
RULE: Final = "notion_gateway.rule"
"""Where the scope holds which rule of the space's policy decided on the call."""
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def request_id_of(headers: RawHeaders) -> str:
    """The caller's own, where it sent a decent one; it ties logs of several services together."""
    return request_id(dict(headers).get(b"x-request-id"))


def request_id(given: bytes | None) -> str:
    """As ``request_id_of``; ``given`` is the header's value."""
    if given is not None and _GIVEN_ID.fullmatch(given):
        return given.decode()
    return next(_own_ids)


def _random_ids() -> Iterator[str]:
    """Many at a time: asking the system for each would cost each request something."""
    while True:
        digits = os.urandom(16 * 256).hex()
        for begins in range(0, len(digits), 32):
            yield digits[begins : begins + 32]


_own_ids = _random_ids()


class Noted(NamedTuple):
    """As ``log_request`` has it. ``seconds``: its duration; ``sent_after``: how long it took to be
    sent on, 0 where it was not; ``at``: when it ended, in seconds since 1970. ``recorded``: where
    calls are. ``rule``: of the space's policy, where one decided.
    """

    method: str
    path: str
    status: int
    outcome: str
    seconds: float
    request_id: str
    called: Called
    sent_after: float
    reason: str
    route: str
    at: float
    recorded: RecordedCall | None = None
    trace: Trace | None = None
    rule: str = ""


Taker = Callable[[Sequence[Noted]], object]
"""Is given what was noted, some of it at a time. It takes no time, and raises nothing."""


def note_reason(scope: Scope, reason: str) -> None:
    """Why the gateway refuses the request: for its line."""
    scope[_REASON] = reason


def note_rule(scope: Scope, rule: str) -> None:
    """Which one of the space's policy decided on the call."""
    scope[RULE] = rule


def rule_of(scope: Scope) -> str:
    return scope.get(RULE, "")


def reason_of(scope: Scope) -> str:
    return scope.get(_REASON, "")


def log_request(
    method: str,
    path: str,
    status: int,
    outcome: str,
    began: float,
    request_id: str,
    called: Called = NOBODY,
    sent_at: float = 0.0,
    reason: str = "",
    route: str = "",
    recorded: RecordedCall | None = None,
    trace: Trace | None = None,
    rule: str = "",
) -> None:
    """``path`` without its query: a callback's holds a code. ``began``, and ``sent_at``, which is
    when a call went on to Notion, by ``perf_counter``; 0 where it did not. ``reason``: why the
    gateway refused. ``route``: the path as the routes have it, without what it names. ``trace``:
    where traces are on.
    """
    seconds = time.perf_counter() - began
    recorder = _recorder
    if recorder is not None:
        before = sent_at - began if sent_at else 0.0
        recorder.note(
            Noted(
                method,
                path,
                status,
                outcome,
                seconds,
                request_id,
                called,
                before,
                reason,
                route,
                time.time(),
                recorded,
                trace,
                rule,
            )
        )
        if recorder.writes_lines:
            return
    log.info(
        "request",
        method=method,
        path=path,
        status=status,
        outcome=outcome,
        **({"reason": reason} if reason else {}),
        duration_ms=round(seconds * 1000, 1),
        **called.fields,
        request_id=request_id,
        **({} if trace is None else {"trace": trace.name}),
    )


@final
class _Recorder:
    """Collects what requests note, and gives it to its takers a moment later, all together."""

    def __init__(self, lines: "_Lines | None", also: Sequence[Taker]) -> None:
        self.writes_lines = lines is not None
        self._noted: list[Noted] = []
        self._takers: Sequence[Taker] = also if lines is None else [lines.write, *also]

    def note(self, noted: Noted) -> None:
        if not self._noted:
            asyncio.get_running_loop().call_later(WRITTEN_WITHIN_SECONDS, self.give)
        self._noted.append(noted)
        if len(self._noted) >= NOTED_AT_A_TIME:
            self.give()

    def give(self) -> None:
        if self._noted:
            noted, self._noted = self._noted, []
            for taker in self._takers:
                taker(noted)


@final
class _Lines:
    def __init__(self, thread: LogThread) -> None:
        self._thread = thread
        self._same = f'"replica": {json.dumps(replica())}, "event": "request", "level": "info"'

    def write(self, noted: Sequence[Noted]) -> None:
        if is_logged("info"):
            self._thread.write([_line(one, self._same) for one in noted])


_recorder: _Recorder | None = None


@contextmanager
def noted_in_batches(*also: Taker) -> Generator[LogThread | None]:
    """Within the block: lines where they are JSON, and ``also`` whatever else takes part. What was
    noted is written, and given to them, when it ends. Yields what writes the log.
    """
    global _recorder  # noqa: PLW0603 - of the process, as all of logging
    with written_by_thread() as thread:
        lines = _Lines(thread) if thread is not None and writes_json() else None
        if lines is None and not also:
            yield thread
            return
        recorder = _recorder = _Recorder(lines, also)
        try:
            yield thread
        finally:
            _recorder = None
            recorder.give()


def _line(one: Noted, same: str) -> str:
    """As ``kernel/log.py`` would have it. ``same``: the members that are so in each line."""
    refused = f', "reason": "{one.reason}"' if one.reason else ""
    traced = "" if one.trace is None else f', "trace": "{one.trace.name}"'
    return (
        f'{{"method": "{one.method}", "path": {_shown(one.path)}, "status": {one.status},'
        f' "outcome": "{one.outcome}"{refused}, "duration_ms": {one.seconds * 1000:.1f}'
        f'{one.called.members}, "request_id": "{one.request_id}"{traced}, {same},'
        f' "timestamp": "{_time(one.at)}"}}\n'
    )


@lru_cache(maxsize=1024)
def _shown(path: str) -> str:
    return json.dumps(masked(path))


def _time(at: float) -> str:
    microseconds = str(int(at * 1_000_000))
    return f"{_second(microseconds[:-6])}.{microseconds[-6:]}Z"


@lru_cache(maxsize=4)
def _second(at: str) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%S")
