"""What reaches a person's terminal: plain words, no control characters, true exit codes."""

import json
import re
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Escape sequences, characters that turn the line around, and halves of characters."""

_PIPE_WIDTH = 200
"""Columns where nobody looks: in a pipe or a file, a table is not folded to a screen."""


class Exit(IntEnum):
    """Exit codes. Scripts may rely on them: a code is added, never changed."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    UNAVAILABLE = 3
    """Something that the command needs cannot be used now: the database, a port, a key
    service.
    """
    NEEDS_PERSON = 4
    """Notion is not, or no longer, connected: somebody must click Connect."""
    MISFIT = 5
    """The database is of a version that this one cannot work with, or another program's."""
    EXPIRING = 6
    """Connected, and within the asked number of days somebody must click Connect."""
    INTERRUPTED = 130


class Fault(Exception):
    """A command could not do what it was asked; the message is for the person who asked."""

    def __init__(self, message: str, code: Exit = Exit.FAULT) -> None:
        super().__init__(message)
        self.code = code


def safe(text: object) -> str:
    """Text from elsewhere without anything a terminal would obey."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def cell(text: object) -> str:
    """The same for a table's cell, where Rich would read markup."""
    from rich.markup import escape

    return escape(safe("" if text is None else text))


def print_text(text: str) -> None:
    sys.stdout.write(f"{safe(text)}\n")
    sys.stdout.flush()


def print_json(document: object) -> None:
    """Readable in every script, and still JSON: what a terminal would obey is escaped."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    sys.stdout.write(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")
    sys.stdout.flush()


def print_table(table: "Table") -> None:
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(table)


def hint(text: str) -> None:
    """A word to the person beside the data."""
    sys.stderr.write(f"{safe(text)}\n")
    sys.stderr.flush()


def complain(text: str) -> None:
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[red]Error:[/red] {cell(text)}")


def columns(*names: str) -> "Table":
    """A table with these headings and nothing around it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def facts(rows: dict[str, object]) -> "Table":
    """One line for each fact that is known."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value is not None:
            table.add_row(name, cell(value))
    return table
