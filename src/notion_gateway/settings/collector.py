"""What an OpenTelemetry collector wants to see, where that stands in a file: its library reads the
environment alone.
"""

import os
from typing import Final

from opentelemetry.util.re import parse_env_headers

from notion_gateway.settings.secret_files import with_files_read

_HEADERS: Final = "OTEL_EXPORTER_OTLP_HEADERS"
_FILE: Final = f"{_HEADERS}_FILE"


def collector_headers() -> dict[str, str] | None:
    """None where no file is named, and the library goes by its own variables. Raises
    ConfigurationError.
    """
    given = {name: os.environ.get(name, "").strip() for name in (_HEADERS, _FILE)}
    if not given[_FILE]:
        return None
    text = with_files_read({name: value for name, value in given.items() if value}, [_HEADERS])
    return dict(parse_env_headers(text[_HEADERS], liberal=True))
