"""What a stranger sends does nothing to the terminal on which an operator reads the log."""

import json

import pytest
import structlog

from notion_gateway.kernel.log import configure_logging

PATH = "/x\x1b]0;owned\x07\x1b[2J\x9b31m/y"


pytestmark = pytest.mark.usefixtures("logging_restored")


def test_control_characters_are_written_out_on_a_console(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("console")
    structlog.get_logger().info("request", path=PATH)

    shown = capsys.readouterr().err
    assert "\\x1b]0;owned\\x07" in shown
    assert "\x1b]0;" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown


def test_json_lines_keep_the_value_and_hold_no_control_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json")
    structlog.get_logger().info("request", path=PATH)

    line = capsys.readouterr().err.strip()
    assert json.loads(line)["path"] == PATH
    assert line.isprintable()
