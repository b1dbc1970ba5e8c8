"""What a collector wants to see, from a file or from the library's own variable, never both."""

from pathlib import Path

import pytest

from notion_gateway.settings import ConfigurationError
from notion_gateway.settings.collector import collector_headers

HEADERS, FILE = "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS_FILE"


def test_headers_come_from_the_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "headers").write_text("x-key=a, Authorization=Bearer%20b\n")
    monkeypatch.setenv(FILE, str(file))

    assert collector_headers() == {"x-key": "a", "authorization": "Bearer b"}


def test_without_a_file_the_library_reads_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HEADERS, "x-key=a")
    monkeypatch.setenv(FILE, " ")

    assert collector_headers() is None


def test_both_at_once_and_a_file_that_is_not_there_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FILE, str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=f"{FILE} names a file that cannot be read"):
        collector_headers()

    monkeypatch.setenv(HEADERS, "x-key=a")
    with pytest.raises(ConfigurationError, match=f"{HEADERS} and {FILE} are both set"):
        collector_headers()
