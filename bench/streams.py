"""How late events arrive: an event-stream client on a bare socket, timing every event."""

import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import cast

import httptools

from bench.processes import BenchError
from bench.targets import Target
from bench.upstream import HOST, STREAM_METHOD

_EVENT = re.compile(rb'data: \{"sent_ns":(\d+)\}\n\n')
_TIMEOUT_SECONDS = 20.0
_OK = 200


@dataclass(frozen=True, slots=True)
class StreamRound:
    """One target's turn. ``first_event_ms`` counts from the request's first byte.

    ``event_ms``: from the upstream's write of an event to its arrival here. ``is_burst``: events
    were written as fast as the upstream can.
    """

    target: str
    concurrent: int
    streams: int
    events: int
    first_event_p50_ms: float
    first_event_p95_ms: float
    event_p50_ms: float
    event_p95_ms: float
    events_per_second: float
    is_burst: bool


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """``lanes`` connections at once, each with so many streams after one another."""

    lanes: int
    streams_per_lane: int
    events: int
    interval_ms: float


class _Caller(asyncio.Protocol):
    """One kept-alive connection; one stream at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._done: asyncio.Future[None] | None = None
        self._arrived = 0
        self._text = b""
        self._start()

    def _start(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.first_event_ns = 0
        self.took_ns = 0
        self.late_ns: list[int] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or BenchError("The stream was cut."))

    async def stream(self, request: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - made before anybody has it
        self._start()
        self._done = asyncio.get_running_loop().create_future()
        began = time.monotonic_ns()
        self._transport.write(request)
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            await self._done
        self.took_ns = time.monotonic_ns() - began
        self.first_event_ns -= began

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._arrived = time.monotonic_ns()
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._text += body
        for event in _EVENT.finditer(self._text):
            self.first_event_ns = self.first_event_ns or self._arrived
            self.late_ns.append(self._arrived - int(event[1]))
        self._text = self._text[self._text.rfind(b"\n\n") + 2 :] if self.late_ns else self._text

    def on_message_complete(self) -> None:
        if self._done is None or self._done.done():
            return
        if self._parser.get_status_code() == _OK:
            self._done.set_result(None)
        else:
            self._done.set_exception(BenchError(f"status {self._parser.get_status_code()}"))


async def measure_streams(target: Target, plan: StreamPlan) -> StreamRound:
    """Raises BenchError when an event is missing."""
    request = _request(target, plan)
    first: list[float] = []
    late: list[float] = []
    took: list[int] = []

    async def lane() -> None:
        loop = asyncio.get_running_loop()
        _, caller = await loop.create_connection(_Caller, HOST, target.port)
        try:
            for _ in range(plan.streams_per_lane):
                await caller.stream(request)
                if len(caller.late_ns) != plan.events:
                    raise BenchError(f"{target.name} lost events of a stream.")
                first.append(caller.first_event_ns / 1e6)
                took.append(caller.took_ns)
                late.extend(one / 1e6 for one in caller.late_ns)
        finally:
            caller.close()

    async with asyncio.TaskGroup() as lanes:
        for _ in range(plan.lanes):
            lanes.create_task(lane())
    return StreamRound(
        target=target.name,
        concurrent=plan.lanes,
        streams=len(first),
        events=len(late),
        first_event_p50_ms=median(first),
        first_event_p95_ms=_percentile_95(first),
        event_p50_ms=median(late),
        event_p95_ms=_percentile_95(late),
        events_per_second=plan.events / (median(took) / 1e9),
        is_burst=not plan.interval_ms,
    )


def _percentile_95(values: Sequence[float]) -> float:
    """Of one value, that one."""
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def _request(target: Target, plan: StreamPlan) -> bytes:
    params = {"events": plan.events, "interval_ms": plan.interval_ms}
    call = {"jsonrpc": "2.0", "id": 1, "method": STREAM_METHOD, "params": params}
    body = json.dumps(call).encode()
    headers = {"Host": f"{HOST}:{target.port}", **target.headers, "Content-Length": len(body)}
    lines = [
        f"POST {target.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
