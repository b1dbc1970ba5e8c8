"""The thread that writes the log: nothing is lost without being counted, and nobody waits."""

import io
import json
import sys

import pytest
import structlog

from notion_gateway.kernel.log import configure_logging, written_by_thread
from notion_gateway.kernel.log_stream import MAX_WAITING_CHARACTERS, LogStream, log_thread

pytestmark = pytest.mark.usefixtures("logging_restored")


def test_what_is_logged_while_a_line_is_counted_stops_nobody() -> None:
    """As by what the garbage collection ends, which may be between any two steps."""
    stream = io.StringIO()

    def told(count: int) -> str:
        LogStream(stream).msg("logged meanwhile")
        return f"{count} lost\n"

    with log_thread(stream, told) as thread:
        thread.write(["x" * (MAX_WAITING_CHARACTERS + 1)])
        thread.write(["after\n"])
    assert sorted(stream.getvalue().split("\n")) == ["", "1 lost", "after", "logged meanwhile"]


def test_what_is_logged_while_the_thread_ends_is_written() -> None:
    stream = io.StringIO()
    with log_thread(stream, str) as thread:
        ends = thread.close

        def close() -> bool:
            ended = ends()
            LogStream(stream).msg("late")
            return ended

        thread.close = close  # type: ignore[method-assign]
    assert stream.getvalue() == "late\n"


def test_all_that_is_logged_goes_by_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logging("json")
    with written_by_thread() as thread:
        assert thread is not None
        structlog.get_logger().warning("something", size=1)
    assert json.loads(stream.getvalue())["event"] == "something"
