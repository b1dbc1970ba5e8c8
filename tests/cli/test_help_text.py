"""What ``--help`` says is broken where the terminal's lines end."""

from pathlib import Path

import typer

from notion_gateway.cli.help_text import unwrap
from notion_gateway.cli.program import commands
from tests.cli.processes import Cli


def test_help_is_broken_where_the_terminals_lines_end(tmp_path: Path) -> None:
    ran = Cli(tmp_path, {"COLUMNS": "80"})("status", "--help")

    said = [line.strip() for line in ran.out.splitlines()]
    assert said[said.index("Show a space's connection.") :][2:4] == [
        "Exits with 0 when it is connected, 4 when a person has to connect it, 6 when",
        "one will have to within --within-days, 1 on any fault.",
    ]


def test_so_is_every_commands() -> None:
    unwrap(commands)
    texts = helps(commands)

    assert len(texts) > 50
    assert [one for one in texts if not one] == []
    for text in texts:
        assert all("\n" not in part for part in text.split("\n\n"))


def helps(app: typer.Typer) -> list[str]:
    found = [one.help or "" for one in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found += helps(group.typer_instance)
    return found
