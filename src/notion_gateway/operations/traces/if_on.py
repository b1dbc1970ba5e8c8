"""Traces where they are switched on; else nothing, at no cost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from notion_gateway.settings import Settings
from notion_gateway.settings.opentelemetry import is_disabled, require_exporter

if TYPE_CHECKING:
    from notion_gateway.operations.traces.opening import Traces


@asynccontextmanager
async def traces_if_on(settings: Settings) -> "AsyncGenerator[Traces | None]":
    """As ``open_traces``. Raises ConfigurationError as ``require_traces``."""
    if not settings.gateway_traces or is_disabled():
        yield None
        return
    require_traces(settings)
    from notion_gateway.operations.traces.opening import open_traces

    async with open_traces(settings) as traces:
        yield traces


def require_traces(settings: Settings) -> None:
    """Raises ConfigurationError where traces are on and cannot be sent."""
    if settings.gateway_traces:
        require_exporter("GATEWAY_TRACES", "traces")
