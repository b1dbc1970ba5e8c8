"""Makes spans out of what is noted of requests, after they have been answered, and of what else
the gateway does.

Names and attributes of calls are those of OpenTelemetry's conventions for MCP as of version 0.1.0
of semantic-conventions-genai (docs/gen-ai/mcp.md), those of other requests of semantic-conventions
1.41. What no convention names begins with ``notion_gateway.``. docs/traces.md has them as a table.

No span has a token, an argument, a body, a space, a person or an address that a caller chose.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.span import TraceState
from opentelemetry.trace.status import Status, StatusCode

from notion_gateway import __version__
from notion_gateway.http.called import Called
from notion_gateway.http.request_log import Noted
from notion_gateway.kernel.trace import MAX_LINKS, Operation, Said, Trace
from notion_gateway.operations.noted import error_of, is_call, method_of

_SERVER_FAULTS: Final = 500
_FOR_APPLICATIONS: Final = "/mcp/notion/proxy"
_OF_A_SPACE: Final = "/mcp/notion/{space_id}"
_CALL: Final = "tools/call"
_W3C: Final = TraceContextTextMapPropagator()
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_FAILED: Final = Status(StatusCode.ERROR)
_UNSET: Final = Status(StatusCode.UNSET)
_NO_STATE: Final = TraceState()
_Attributes = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Notion:
    """Where calls go."""

    address: str
    port: int


@final
class Spans:
    """A ``Tracing``, and a taker of what ``http/request_log.py`` has noted. ``give`` is given each
    span; it takes no time. ``sampler`` decides when a trace begins here, or is gone on with.
    """

    def __init__(
        self,
        give: Callable[[ReadableSpan], None],
        sampler: Sampler,
        ids: IdGenerator,
        resource: Resource,
        notion: Notion,
    ) -> None:
        self._give = give
        self._sampler = sampler
        self._ids = ids
        self._resource = resource
        self._notion = notion
        self._scope = InstrumentationScope("notion_gateway", __version__)

    def begin(self, said: Said | None, or_else: Callable[[], Said | None] | None = None) -> Trace:
        ids = self._ids
        trace = Trace(ids.generate_span_id(), ids.generate_span_id())
        self.adopt(trace, said)
        if not trace.parent_id and or_else is not None:
            self.adopt(trace, or_else())
        if not trace.parent_id:
            trace.trace_id = ids.generate_trace_id()
            self._decide(trace, None)
        return trace

    def adopt(self, trace: Trace, said: Said | None) -> None:
        if said is None:
            return
        context = _W3C.extract(said)
        parent = get_current_span(context).get_span_context()
        if parent.is_valid:
            trace.trace_id, trace.parent_id = parent.trace_id, parent.span_id
            self._decide(trace, context)

    def _decide(self, trace: Trace, context: Context | None) -> None:
        sampled = self._sampler.should_sample(context, trace.trace_id, "")
        trace.is_sampled = sampled.decision.is_sampled()
        trace.state = "" if sampled.trace_state is None else sampled.trace_state.to_header()

    def take(self, noted: Sequence[Noted]) -> None:
        for one in noted:
            trace = one.trace
            if trace is not None and trace.is_sampled:
                if is_call(one.path):
                    self._call(one, trace)
                else:
                    self._request(one, trace)

    def _call(self, noted: Noted, trace: Trace) -> None:
        at, began, status = noted.at, noted.at - noted.seconds, noted.status
        named, error = _named(noted.called), error_of(status, noted.outcome, noted.reason)
        attributes = _of_http(noted)
        is_one = noted.path.rstrip("/") == _FOR_APPLICATIONS
        attributes["http.route"] = _FOR_APPLICATIONS if is_one else _OF_A_SPACE
        attributes["notion_gateway.outcome"] = noted.outcome
        name = _name(named) or f"{attributes['http.request.method']} {attributes['http.route']}"
        self._of_request(name, trace, attributes | named, began, at, error)
        if not trace.sent_at:
            return
        to_notion: _Attributes = {
            **named,
            "network.transport": "tcp",
            "server.address": self._notion.address,
            "server.port": self._notion.port,
        }
        if status and not noted.reason:  # else it is the gateway's own answer
            to_notion["http.response.status_code"] = status
        self._span(
            name,
            _context(trace, trace.sent_id),
            _context(trace, trace.span_id),
            SpanKind.CLIENT,
            to_notion,
            min(max(trace.sent_at, began), at),
            at,
            error,
        )

    def _request(self, noted: Noted, trace: Trace) -> None:
        status, route, at = noted.status, noted.route, noted.at
        attributes = _of_http(noted)
        name = str(attributes["http.request.method"])
        if route:
            attributes["http.route"] = route
            name = f"{name} {route}"
        is_fault = status >= _SERVER_FAULTS or not status  # else the caller's own
        error = error_of(status, noted.outcome, noted.reason) if is_fault else ""
        self._of_request(name, trace, attributes, at - noted.seconds, at, error)

    def _of_request(
        self,
        name: str,
        trace: Trace,
        attributes: _Attributes,
        began: float,
        ended: float,
        error: str,
    ) -> None:
        context = _context(trace, trace.span_id)
        parent = _context(trace, trace.parent_id, is_remote=True) if trace.parent_id else None
        self._span(name, context, parent, SpanKind.SERVER, attributes, began, ended, error)

    def note(self, operation: Operation) -> None:
        """It is sampled as its request is, or if one of those that it is linked with is, or else
        as a trace that begins here.
        """
        parent, links = operation.parent, [one for one in operation.links if one.is_sampled]
        if parent is None:
            trace = self.begin(None)
            sampled = trace.is_sampled or bool(links)
        else:
            trace, sampled = parent, parent.is_sampled
        if not sampled:
            return
        span_id = trace.span_id if parent is None else self._ids.generate_span_id()
        self._span(
            operation.name,
            _context(trace, span_id),
            None if parent is None else _context(parent, parent.span_id),
            SpanKind.INTERNAL,
            dict(operation.attributes),
            operation.began,
            operation.ended,
            operation.error,
            [Link(_context(one, one.span_id)) for one in links[:MAX_LINKS]],
        )

    def _span(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: _Attributes,
        began: float,
        ended: float,
        error: str,
        links: Iterable[Link] = (),
    ) -> None:
        if error:
            attributes["error.type"] = error
        self._give(
            ReadableSpan(
                name,
                context,
                parent,
                self._resource,
                attributes,
                links=tuple(links),
                kind=kind,
                status=_FAILED if error else _UNSET,
                start_time=int(began * 1e9),
                end_time=int(ended * 1e9),
                instrumentation_scope=self._scope,
            )
        )


def _context(trace: Trace, span_id: int, *, is_remote: bool = False) -> SpanContext:
    state = TraceState.from_header([trace.state]) if trace.state else _NO_STATE
    return SpanContext(trace.trace_id, span_id, is_remote, _SAMPLED, state)


def _of_http(noted: Noted) -> _Attributes:
    found: _Attributes = {
        "http.request.method": method_of(noted.method),
        "notion_gateway.request.id": noted.request_id,
    }
    if status := noted.status:
        found["http.response.status_code"] = status
    return found


def _named(called: Called) -> _Attributes:
    """By the names that the log has, without what looks like a token."""
    fields = called.fields
    found: _Attributes = {}
    if operation := fields.get("operation"):
        found["mcp.method.name"] = operation
        if operation == _CALL:
            found["gen_ai.operation.name"] = "execute_tool"
    if tool := fields.get("tool"):
        found["gen_ai.tool.name"] = tool
    return found


def _name(named: _Attributes) -> str:
    method, tool = named.get("mcp.method.name", ""), named.get("gen_ai.tool.name", "")
    return f"{method} {tool}".strip()
