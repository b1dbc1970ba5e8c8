"""Nothing that comes from elsewhere may drive a person's terminal."""

import json
import subprocess
import sys

import pytest

from notion_gateway.cli.output import cell, columns, print_json, print_table, safe

HOSTILE = "\x1b]0;owned\x07 \x9b2J \u202egnp.exe \ud800 [red]x[/red]"


def test_escape_sequences_and_turned_around_text_are_taken_out() -> None:
    shown = safe(HOSTILE)

    assert shown.isprintable()
    assert "[red]x[/red]" in shown


def test_line_breaks_stay() -> None:
    assert safe("a\n\tb") == "a\n\tb"


def test_markup_in_a_cell_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    table = columns("Name")
    table.add_row(cell(HOSTILE))

    print_table(table)

    assert "[red]x[/red]" in capsys.readouterr().out


def test_json_keeps_every_character_and_shows_none_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json({"name": HOSTILE, "other": "Käse"})

    printed = capsys.readouterr().out
    assert printed.replace("\n", "").isprintable()
    assert json.loads(printed) == {"name": HOSTILE, "other": "Käse"}
    assert "Käse" in printed


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    heavy = ["fastapi", "mcp", "sqlalchemy", "uvicorn", "aiohttp", "notion_simulator.app"]
    program = f"import sys, notion_gateway.cli.program; print({{*{heavy}}} & sys.modules.keys())"

    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "set()"
