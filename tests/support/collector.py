"""An OpenTelemetry collector: takes spans and log records over OTLP/HTTP, and shows them as plain
values.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.serving import Served, listen, serving
from tests.support.waiting import until

KINDS: Final = {1: "internal", 2: "server", 3: "client"}
_FAILED: Final = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Ids in hex, times in seconds. ``links`` by trace and span. ``source``: the process."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    state: str
    began: float
    ended: float
    attributes: dict[str, Any]
    links: list[tuple[str, str]]
    failed: bool
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """``trace`` in hex, ``at`` in seconds. ``source``: the process."""

    event: str
    severity: int
    text: str
    trace: str
    at: float
    attributes: dict[str, Any]
    source: dict[str, Any]


@dataclass
class Collector:
    """``holds``: answers nothing until it is set free. ``status``: what it answers."""

    status: int = HTTPStatus.OK
    spans: list[Span] = field(default_factory=list[Span])
    records: list[Record] = field(default_factory=list[Record])
    bodies: list[bytes] = field(default_factory=list[bytes])
    keys: list[str | None] = field(default_factory=list[str | None])
    """What each request had in its header ``X-Key``."""
    refuses: bytes = b"never sent"
    """A request with this in it is refused for what it is."""
    free: asyncio.Event = field(default_factory=asyncio.Event)
    holds: bool = False

    async def take(self, request: Request) -> Response:
        body = await self._body(request)
        if self.status == HTTPStatus.OK:
            self.spans += spans_in(body)
        return Response(ExportTraceServiceResponse().SerializeToString(), self.status)

    async def take_logs(self, request: Request) -> Response:
        body = await self._body(request)
        status = HTTPStatus.BAD_REQUEST if self.refuses in body else self.status
        if status == HTTPStatus.OK:
            self.records += records_in(body)
        return Response(ExportLogsServiceResponse().SerializeToString(), status)

    async def _body(self, request: Request) -> bytes:
        body = await request.body()
        self.bodies.append(body)
        self.keys.append(request.headers.get("x-key"))
        if self.holds:
            await self.free.wait()
        return body

    def of(self, kind: str, name: str | None = None) -> list[Span]:
        return [one for one in self.spans if one.kind == kind and name in (None, one.name)]

    async def when(self, is_so: Callable[[list[Span]], bool]) -> list[Span]:
        """Its spans as soon as that is so of them."""
        await until(lambda: is_so(self.spans))
        return self.spans


def spans_in(body: bytes) -> list[Span]:
    asked: Any = ExportTraceServiceRequest.FromString(body)
    return [
        Span(
            name=one.name,
            kind=KINDS[one.kind],
            trace=one.trace_id.hex(),
            id=one.span_id.hex(),
            parent=one.parent_span_id.hex(),
            state=one.trace_state,
            began=one.start_time_unix_nano / 1e9,
            ended=one.end_time_unix_nano / 1e9,
            attributes=_values(one.attributes),
            links=[(link.trace_id.hex(), link.span_id.hex()) for link in one.links],
            failed=one.status.code == _FAILED,
            source=_values(resource.resource.attributes),
        )
        for resource in asked.resource_spans
        for scope in resource.scope_spans
        for one in scope.spans
    ]


def records_in(body: bytes) -> list[Record]:
    asked: Any = ExportLogsServiceRequest.FromString(body)
    return [
        Record(
            event=one.event_name,
            severity=one.severity_number,
            text=one.body.string_value,
            trace=one.trace_id.hex(),
            at=one.time_unix_nano / 1e9,
            attributes=_values(one.attributes),
            source=_values(resource.resource.attributes),
        )
        for resource in asked.resource_logs
        for scope in resource.scope_logs
        for one in scope.log_records
    ]


def _values(attributes: Iterable[Any]) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in attributes}


def _value(value: Any) -> Any:
    said = getattr(value, value.WhichOneof("value"))
    return [_value(one) for one in said.values] if value.HasField("array_value") else said


@asynccontextmanager
async def collecting(collector: Collector) -> AsyncGenerator[Served]:
    routes = [
        Route("/v1/traces", collector.take, methods=["POST"]),
        Route("/v1/logs", collector.take_logs, methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    with listen() as listener:
        async with serving(app, listener) as served:
            yield served


def sent_to(url: str) -> dict[str, str]:
    """What switches traces on in a gateway, and has them come soon."""
    return {
        "GATEWAY_TRACES": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
