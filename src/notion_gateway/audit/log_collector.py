"""An OpenTelemetry collector, told of calls as log records over OTLP/HTTP. Nothing of the library
is imported where it is not asked for.

Where records go and how is the library's to read from the environment (``OTEL_EXPORTER_OTLP_…``).
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, set_span_in_context

from notion_gateway import __version__
from notion_gateway.audit.forwarding import Told
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.rules.log_record import log_record
from notion_gateway.kernel.telemetry import resource
from notion_gateway.settings.collector import collector_headers

GIVEN_UP_SECONDS: Final = 300.0


@final
class LogCollector:
    """The library tries a request again for some seconds by itself, and does not say why one was
    not taken. So records that a collector refuses for what they are, are given up in time.
    """

    name = "opentelemetry"
    together = 200
    gives_up_seconds = GIVEN_UP_SECONDS

    def __init__(self) -> None:
        self._exporter = OTLPLogExporter(headers=collector_headers())
        self._resource = resource()
        self._scope = InstrumentationScope("notion_gateway.audit", __version__)

    @asynccontextmanager
    async def reached(self) -> AsyncGenerator["LogCollector"]:
        """It is asked with the first records."""
        yield self

    async def send(self, these: Sequence[Told]) -> None:
        """In a thread that is left behind at the end: nothing stops a request under way."""
        records = [self._record(*one) for one in these]
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bool] = loop.create_future()

        def tell(is_taken: bool) -> None:
            if not taken.done():
                taken.set_result(is_taken)

        def export() -> None:
            is_taken = False
            try:
                is_taken = self._exporter.export(records) is LogRecordExportResult.SUCCESS
            finally:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(tell, is_taken)

        threading.Thread(target=export, name="audit to OpenTelemetry", daemon=True).start()
        if not await taken:
            raise ConnectionError("the collector has not taken them")

    def close(self) -> None:
        """Also ends the library's pause before it tries again."""
        self._exporter.shutdown()

    def _record(self, space_id: str, entry: Entry) -> ReadableLogRecord:
        made = log_record(space_id, entry)
        record = LogRecord(
            timestamp=int(made.at * 1e9),
            context=_of_trace(made.trace_id),
            severity_number=SeverityNumber(made.severity),
            severity_text=SeverityNumber(made.severity).name,
            body=made.text,
            attributes=made.attributes,
            event_name=made.event,
        )
        return ReadableLogRecord(record, self._resource, self._scope)


def _of_trace(trace_id: int) -> Context:
    """An entry knows its trace, and none of its spans."""
    return set_span_in_context(NonRecordingSpan(SpanContext(trace_id, 0, is_remote=False)))
