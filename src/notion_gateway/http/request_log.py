"""The line in the log that each request has."""

import os
import re
import time

import structlog

from notion_gateway.kernel.outbound.messages import RawHeaders

log = structlog.stdlib.get_logger()

_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def request_id_of(headers: RawHeaders) -> str:
    """The caller's own, where it sent a decent one; it ties logs of several services together."""
    for name, value in headers:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return value.decode()
    return os.urandom(16).hex()


def log_request(
    method: str, path: str, status: int, outcome: str, began: float, request_id: str
) -> None:
    """``path`` without its query: a callback's holds a code. ``began`` by ``perf_counter``."""
    log.info(
        "request",
        method=method,
        path=path,
        status=status,
        outcome=outcome,
        duration_ms=round((time.perf_counter() - began) * 1000, 1),
        request_id=request_id,
    )
