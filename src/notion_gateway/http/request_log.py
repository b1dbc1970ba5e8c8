"""The line in the log that each request has: noted on its way, written out of it."""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, final

import structlog

from notion_gateway.kernel.log import masked, writes_json
from notion_gateway.kernel.log_stream import BatchWriter, LogStream
from notion_gateway.kernel.outbound.messages import RawHeaders

log = structlog.stdlib.get_logger()

WRITTEN_WITHIN_SECONDS: Final = 0.05
"""And no more than so many lines are lost, with a process that is killed."""
NOTED_AT_A_TIME: Final = 128
BEGAN: Final = "notion_gateway.began"
"""Where the scope holds since when a request is served that did not begin as an ASGI call."""
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

_Noted = tuple[str, str, int, str, float, str, float]
"""As ``log_request`` has it, with the duration in seconds, and the time it ended."""


def log_request(
    method: str, path: str, status: int, outcome: str, began: float, request_id: str
) -> None:
    """``path`` without its query: a callback's holds a code. ``began`` by ``perf_counter``."""
    seconds = time.perf_counter() - began
    if _lines is not None:
        _lines.note((method, path, status, outcome, seconds, request_id, time.time()))
        return
    log.info(
        "request",
        method=method,
        path=path,
        status=status,
        outcome=outcome,
        duration_ms=round(seconds * 1000, 1),
        request_id=request_id,
    )


@final
class _Lines:
    """Collects what requests note, and has it written a moment later, all together."""

    def __init__(self) -> None:
        self._noted: list[_Noted] = []
        self._writer = BatchWriter(LogStream(sys.stderr), _lost)

    def note(self, noted: _Noted) -> None:
        if not self._noted:
            asyncio.get_running_loop().call_later(WRITTEN_WITHIN_SECONDS, self._write)
        self._noted.append(noted)
        if len(self._noted) >= NOTED_AT_A_TIME:
            self._write()

    def close(self) -> None:
        self._write()
        self._writer.close()

    def _write(self) -> None:
        if self._noted:
            noted, self._noted = self._noted, []
            self._writer.write([_line(one) for one in noted])


_lines: _Lines | None = None


@contextmanager
def written_in_batches() -> Generator[None]:
    """Within the block, where lines are JSON. Whatever was noted is written when it ends."""
    global _lines  # noqa: PLW0603 - of the process, as all of logging
    if not writes_json():
        yield
        return
    _lines = _Lines()
    try:
        yield
    finally:
        lines, _lines = _lines, None
        lines.close()


def _line(one: _Noted) -> str:
    """As ``kernel/log.py`` would have it."""
    method, path, status, outcome, seconds, request_id, at = one
    return (
        f'{{"method": "{method}", "path": {_shown(path)}, "status": {status},'
        f' "outcome": "{outcome}", "duration_ms": {seconds * 1000:.1f},'
        f' "request_id": "{request_id}", "event": "request", "level": "info",'
        f' "timestamp": "{_time(at)}"}}\n'
    )


def _lost(count: int) -> str:
    said = {"count": count, "event": "request_lines_lost", "level": "warning"}
    return json.dumps({**said, "timestamp": _time(time.time())}) + "\n"


@lru_cache(maxsize=1024)
def _shown(path: str) -> str:
    return json.dumps(masked(path))


def _time(at: float) -> str:
    microseconds = str(int(at * 1_000_000))
    return f"{_second(microseconds[:-6])}.{microseconds[-6:]}Z"


@lru_cache(maxsize=4)
def _second(at: str) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%S")
