"""Whether OpenTelemetry's exporter is there, and is asked for what it can do. What it sends where
is its own to read from the environment.
"""

import os
from importlib.util import find_spec
from typing import Final

from notion_gateway.settings.errors import ConfigurationError

_EXPORTER: Final = "opentelemetry.exporter.otlp.proto.http"
_OVER_HTTP: Final = "http/protobuf"


def is_disabled() -> bool:
    """By OpenTelemetry's own variable, which switches all of it off."""
    return os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"


def require_exporter(setting: str, signal: str) -> None:
    """``setting`` switches on that ``signal``, ``traces`` or ``logs``, is sent. Raises
    ConfigurationError where it cannot be.
    """
    try:
        is_installed = find_spec(_EXPORTER) is not None
    except ModuleNotFoundError:
        is_installed = False
    if not is_installed:
        raise ConfigurationError(
            f"{setting}: OpenTelemetry's library is missing: install"
            " notion-mcp-gateway[traces], which brings it"
        )
    own = f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL"
    for name in (own, "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if protocol := os.environ.get(name, "").strip():
            if protocol != _OVER_HTTP:
                raise ConfigurationError(
                    f"{name}: {signal} are sent as {_OVER_HTTP} alone; collectors take it on port"
                    " 4318"
                )
            return
