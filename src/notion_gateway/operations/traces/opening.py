"""Opens the traces of a gateway. Nothing of them is imported where they are off.

Spans wait in a queue of the library's, which a thread of its own sends to the collector. What
comes while it is full is lost: no call waits for a collector.
"""

import logging
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from yarl import URL

from notion_gateway.kernel.telemetry import resource
from notion_gateway.operations.traces.spans import Notion, Spans
from notion_gateway.settings import Settings
from notion_gateway.settings.collector import collector_headers

Traces = Spans
SENT_WITHIN_SECONDS: Final = 5.0
"""At the end: what a collector has not taken by then is lost."""
_QUOTE_CALLERS: Final = (
    "opentelemetry.trace.span",
    "opentelemetry.trace.propagation.tracecontext",
)
"""Their warnings say what is wrong with a caller's header, and quote it."""


@asynccontextmanager
async def open_traces(settings: Settings) -> AsyncGenerator[Traces]:
    """What is sampled, where spans are sent and how, is the library's to read from the
    environment (``OTEL_…``).
    """
    for name in _QUOTE_CALLERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    # Not made the process's own: what libraries trace by themselves may quote a query or a fault.
    provider = TracerProvider(resource=resource(), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(headers=collector_headers())
    processor = BatchSpanProcessor(exporter)
    notion = URL(settings.notion_mcp_url)
    where = Notion(notion.host or "", notion.port or 0)
    try:
        yield Spans(
            processor.on_end, provider.sampler, provider.id_generator, provider.resource, where
        )
    finally:
        await anyio.to_thread.run_sync(_send_rest, processor, exporter)


def _send_rest(processor: BatchSpanProcessor, exporter: OTLPSpanExporter) -> None:
    """In a thread that is left behind: the library would wait for as long as half a minute."""
    sending = threading.Thread(target=processor.shutdown, name="last traces", daemon=True)
    sending.start()
    sending.join(SENT_WITHIN_SECONDS)
    if sending.is_alive():
        exporter.shutdown()  # ends its pause before it tries again
