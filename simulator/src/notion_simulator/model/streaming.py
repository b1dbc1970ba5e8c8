"""A stream of events at a pace, given up as soon as the client leaves."""

from collections.abc import Iterable

import anyio
from starlette.types import Receive, Scope, Send

from notion_simulator.counters import Counters
from notion_simulator.sockets import client_left

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # Neither a proxy nor a compressor may hold chunks back.
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class PacedStream:
    """An ASGI response; `interval_seconds` lie between two events."""

    def __init__(self, events: Iterable[str], interval_seconds: float, counters: Counters) -> None:
        self._events = events
        self._interval = interval_seconds
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        outcome = "cancelled"
        self._counters.model_started()
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_give_up, receive, group.cancel_scope)
                await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
                for event in self._events:
                    body = event.encode()
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                    await anyio.sleep(self._interval)
                outcome = "completed"
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                group.cancel_scope.cancel()
        finally:
            self._counters.model_ended(outcome)


async def _give_up(receive: Receive, running: anyio.CancelScope) -> None:
    await client_left(receive)
    running.cancel()
