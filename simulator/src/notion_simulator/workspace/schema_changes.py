"""Changing a data source's columns, and with them its rows and its views."""

from collections.abc import Sequence
from dataclasses import replace

from notion_simulator.workspace.cells import InvalidCellError, cell_columns, read_cells
from notion_simulator.workspace.columns import AddColumn, AlterColumn, Change, DropColumn
from notion_simulator.workspace.model import (
    DataSource,
    Page,
    Parent,
    Property,
    Workspace,
    canonical_id,
)
from notion_simulator.workspace.statements import StatementError


def check(source: DataSource, changes: Sequence[Change]) -> dict[str, Property]:
    """Returns the columns after the changes; raises `StatementError` if one cannot be made."""
    columns = dict(source.schema)
    for change in changes:
        _check(columns, change)
    if sum(column.type == "auto_increment_id" for column in columns.values()) > 1:
        message = "A data source can have only one UNIQUE_ID column"
        raise StatementError(message)
    return columns


def apply(workspace: Workspace, source: DataSource, changes: Sequence[Change]) -> None:
    """Makes changes that have been checked."""
    for change in changes:
        match change:
            case AddColumn(name, column):
                set_column(workspace, source, name, column)
            case DropColumn(name):
                del source.schema[name]
                for row in _every_row(workspace, source):
                    row.cells.pop(name, None)
            case AlterColumn(name, column):
                before = source.schema[name]
                kept = column.description or before.description
                set_column(workspace, source, name, replace(column, description=kept))
                for row in _every_row(workspace, source):
                    _convert(row, name, before, column)
            case _:
                _rename(workspace, source, change.name, change.to)


def set_column(workspace: Workspace, source: DataSource, name: str, column: Property) -> None:
    """Puts a column into a schema; a two-way relation gets its twin in the other data source."""
    if column.type != "relation" or column.related is None:
        source.schema[name] = column
        return
    related = canonical_id(column.related) or ""
    twin = None if column.twin is None else column.twin or f"Related to {source.name}"
    source.schema[name] = replace(column, related=related, twin=twin)
    other = workspace.data_sources[related]
    if twin is not None and twin not in other.schema:
        other.schema[twin] = Property("relation", related=source.id, twin=name)


def _check(columns: dict[str, Property], change: Change) -> None:
    adds = isinstance(change, AddColumn)
    if adds and change.name in columns:
        message = f'Column "{change.name}" already exists'
        raise StatementError(message)
    if not adds and change.name not in columns:
        message = f'Column "{change.name}" not found. Available: {", ".join(columns)}'
        raise StatementError(message)
    match change:
        case AddColumn(name, column) | AlterColumn(name, column):
            was_title = name in columns and columns[name].type == "title"
            if (column.type == "title") != was_title:
                message = "A title column can be neither added nor changed to another type"
                raise StatementError(message)
            columns[name] = column
        case DropColumn(name):
            if columns[name].type == "title":
                message = "The title column cannot be dropped"
                raise StatementError(message)
            del columns[name]
        case _:
            if change.to in columns:
                message = f'Column "{change.to}" already exists'
                raise StatementError(message)
            columns[change.to] = columns.pop(change.name)


def _every_row(workspace: Workspace, source: DataSource) -> list[Page]:
    parent = Parent("data_source", source.id)
    return [page for page in workspace.pages.values() if page.parent == parent]


def _convert(row: Page, name: str, before: Property, after: Property) -> None:
    """Keeps a cell that the new type can hold; any other is emptied, as in Notion."""
    columns = cell_columns(name, before, row)
    cells = {key: value for key, value in row.cells.items() if key != name}
    try:
        row.cells = read_cells({name: after}, columns, cells)
    except InvalidCellError:
        row.cells = cells


def _rename(workspace: Workspace, source: DataSource, name: str, to: str) -> None:
    source.schema = {to if key == name else key: column for key, column in source.schema.items()}
    for row in _every_row(workspace, source):
        if name in row.cells:
            row.cells[to] = row.cells.pop(name)
        if row.title_property == name:
            row.title_property = to
    for view in workspace.views.values():
        if view.data_source_id == source.id:
            shown = view.display_properties
            view.display_properties = tuple(to if key == name else key for key in shown)
            view.settings = _renamed(view.settings, name, to)


def _renamed(settings: dict[str, object], name: str, to: str) -> dict[str, object]:
    def walk(value: object) -> object:
        match value:
            case dict():
                return {key: walk(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case list():
                return [walk(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case _:
                return to if value == name else value

    return {key: walk(value) for key, value in settings.items()}
