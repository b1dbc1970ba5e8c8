"""A data source as an SQLite table, and read-only queries over it."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from notion_simulator.workspace.cells import cell_columns, column_names
from notion_simulator.workspace.model import DataSource, Page, iso

FIXED_COLUMNS = {"url": "TEXT UNIQUE", "createdTime": "TEXT"}
# Reading, calling functions and recursing is all a SELECT needs.
ALLOWED_ACTIONS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
FORBIDDEN_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit"})
MAX_STEPS = 5_000
STEPS_PER_CHECK = 1_000
MAX_ROWS = 100


class QueryError(ValueError):
    """The query is not a SELECT, does not parse, or does too much; the text says which."""


def quoted(name: str) -> str:
    """Returns an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def create_table(source: DataSource) -> str:
    """Returns the CREATE TABLE statement fetch shows for a data source."""
    columns = [f"{name} {kind}" for name, kind in FIXED_COLUMNS.items()]
    for name, column in source.schema.items():
        columns += [f"{quoted(n)} {kind}" for n, kind in column_names(name, column).items()]
    body = ",\n\t".join(columns)
    return f"CREATE TABLE IF NOT EXISTS {quoted(source.url)} (\n\t{body}\n)"


def row_columns(source: DataSource, page: Page) -> dict[str, Any]:
    """Returns a row's columns in the order of the table."""
    columns: dict[str, Any] = {"url": page.url, "createdTime": iso(page.created_at)}
    for name, column in source.schema.items():
        columns |= cell_columns(name, column, page)
    return columns


def select(
    tables: Sequence[tuple[DataSource, Sequence[Page]]], query: str, parameters: Sequence[Any]
) -> tuple[list[dict[str, Any]], bool]:
    """Runs one SELECT and returns at most 100 rows, and whether there are more.

    Raises `QueryError` for anything but a SELECT over these tables.
    """
    with _filled(tables) as connection:
        _restrict(connection)
        try:
            cursor = connection.execute(query, tuple(parameters))
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchmany(MAX_ROWS + 1)
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise QueryError(str(error)) from error
        return [dict(zip(names, row, strict=True)) for row in rows[:MAX_ROWS]], len(rows) > MAX_ROWS


@contextmanager
def _filled(
    tables: Sequence[tuple[DataSource, Sequence[Page]]],
) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for source, pages in tables:
            connection.execute(create_table(source))
            for page in pages:
                columns = row_columns(source, page)
                names = ", ".join(quoted(name) for name in columns)
                marks = ", ".join("?" * len(columns))
                statement = f"INSERT INTO {quoted(source.url)} ({names}) VALUES ({marks})"  # noqa: S608 - identifiers are quoted
                connection.execute(statement, tuple(columns.values()))
        connection.commit()
        yield connection


def _restrict(connection: sqlite3.Connection) -> None:
    checks = 0

    def authorize(
        action: int, _first: str | None, second: str | None, _database: str | None, _by: str | None
    ) -> int:
        function = action == sqlite3.SQLITE_FUNCTION and second in FORBIDDEN_FUNCTIONS
        return (
            sqlite3.SQLITE_OK if action in ALLOWED_ACTIONS and not function else sqlite3.SQLITE_DENY
        )

    def too_long() -> int:
        nonlocal checks
        checks += 1
        return int(checks > MAX_STEPS)

    # The statement comes from a caller: it must neither change anything,
    # attach files, nor keep the server busy (a recursive query never ends).
    connection.set_authorizer(authorize)
    connection.set_progress_handler(too_long, STEPS_PER_CHECK)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 * 1024 * 1024)
