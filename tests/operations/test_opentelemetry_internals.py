"""What ``operations/traces`` needs of OpenTelemetry's SDK beyond what it promises."""

from opentelemetry.sdk.trace import ReadableSpan

from notion_gateway.http.called import NOBODY
from notion_gateway.http.request_log import Noted
from tests.operations.test_trace_context import PARENT, SAID, spans


def test_a_span_needs_no_tracer() -> None:
    """A ``ReadableSpan`` is made of what it is to say; a tracer takes fourteen times as long."""
    made: list[ReadableSpan] = []
    one = spans(made)
    trace = one.begin({"traceparent": SAID, "tracestate": "rojo=1"})
    one.take(
        [
            Noted(
                *(
                    "POST",
                    "/mcp/notion/proxy",
                    200,
                    "answered",
                    0.5,
                    "id",
                    NOBODY,
                    0.0,
                    "",
                    "",
                    9.0,
                ),
                trace=trace,
            )
        ]
    )
    (span,) = made
    assert span.context is not None
    assert span.context.is_valid
    assert span.parent is not None
    assert span.parent.span_id == int(PARENT, 16)
    assert (span.start_time, span.end_time) == (8_500_000_000, 9_000_000_000)
    assert span.to_json()
