"""Traces where they are switched on; else nothing, at no cost."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from notion_gateway.settings import ConfigurationError, Settings

if TYPE_CHECKING:
    from notion_gateway.operations.traces.opening import Traces

_EXPORTER: Final = "opentelemetry.exporter.otlp.proto.http"
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OVER_HTTP: Final = "http/protobuf"


@asynccontextmanager
async def traces_if_on(settings: Settings) -> "AsyncGenerator[Traces | None]":
    """As ``open_traces``. Raises ConfigurationError as ``require_traces``."""
    if not settings.gateway_traces or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield None
        return
    require_traces(settings)
    from notion_gateway.operations.traces.opening import open_traces

    async with open_traces(settings) as traces:
        yield traces


def require_traces(settings: Settings) -> None:
    """Raises ConfigurationError where traces are on and cannot be sent."""
    if not settings.gateway_traces:
        return
    try:
        is_installed = find_spec(_EXPORTER) is not None
    except ModuleNotFoundError:
        is_installed = False
    if not is_installed:
        raise ConfigurationError(
            "GATEWAY_TRACES: OpenTelemetry's library is missing: install"
            " notion-mcp-gateway[traces], which brings it"
        )
    for name in _PROTOCOLS:
        if protocol := os.environ.get(name, "").strip():
            if protocol != _OVER_HTTP:
                raise ConfigurationError(
                    f"{name}: traces are sent as {_OVER_HTTP} alone; collectors take it on port"
                    " 4318"
                )
            return
