"""Cells on the wire: the flat columns of SQL, fetch and create-pages.

Dates are split into `date:<name>:start`, `:end` and `:is_datetime`; checkboxes
are `__YES__` and `__NO__`; relations and people are JSON lists of URLs and ids;
a column called id or url is written `userDefined:<name>`.
"""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from notion_simulator.workspace.model import (
    Cell,
    DateValue,
    Page,
    Property,
    canonical_id,
    iso,
    page_url,
)

YES, NO = "__YES__", "__NO__"
RESERVED_NAMES = frozenset({"id", "url", "createdtime"})
READ_ONLY_TYPES = frozenset(
    {"created_time", "last_edited_time", "formula", "rollup", "auto_increment_id"}
)
# Worked out by Notion on reading, and not selectable in its SQL either.
UNSELECTABLE_TYPES = frozenset({"formula", "rollup"})
LIST_TYPES = frozenset({"multi_select", "relation", "person", "file"})
DATE_PARTS = ("start", "end", "is_datetime")


class InvalidCellError(ValueError):
    """A value does not fit its property; the text says how."""


def wire_name(name: str) -> str:
    """Returns the name a column has on the wire."""
    return f"userDefined:{name}" if name.lower() in RESERVED_NAMES else name


def column_names(name: str, column: Property) -> dict[str, str]:
    """Returns the wire columns of a property with their SQLite types."""
    if column.type in UNSELECTABLE_TYPES:
        return {}
    if column.type == "date":
        prefix = f"date:{name}"
        return {
            f"{prefix}:start": "TEXT",
            f"{prefix}:end": "TEXT",
            f"{prefix}:is_datetime": "INTEGER",
        }
    return {wire_name(name): "FLOAT" if column.type == "number" else "TEXT"}


def cell_columns(name: str, column: Property, page: Page) -> dict[str, Any]:
    """Returns a row's wire columns of one property; None where nothing is set."""
    value = page.cells.get(name)
    key = wire_name(name)
    match column.type:
        case "date":
            return _date_columns(name, value)
        case "checkbox":
            return {key: YES if value else NO}
        case "created_time":
            return {key: iso(page.created_at)}
        case "last_edited_time":
            return {key: iso(page.edited_at)}
        case "formula" | "rollup":
            return {}
        case "auto_increment_id":
            return {key: f"{column.prefix}-{page.number}" if column.prefix else str(page.number)}
        case "relation" if isinstance(value, list):
            return {key: json.dumps([page_url(item) for item in value]) if value else None}
        case "person" if isinstance(value, list):
            return {key: json.dumps([f"user://{item}" for item in value]) if value else None}
        case "multi_select" | "file" if isinstance(value, list):
            return {key: json.dumps(value, ensure_ascii=False) if value else None}
        case _:
            return {key: value}


def read_cells(
    schema: Mapping[str, Property], given: Mapping[str, Any], before: Mapping[str, Cell]
) -> dict[str, Cell]:
    """Returns the cells that wire properties set, on top of the cells before.

    Raises `InvalidCellError` for an unknown property or a value of the wrong kind.
    """
    cells = dict(before)
    dates: dict[str, dict[str, Any]] = {}
    for key, value in given.items():
        date = _date_part(key)
        if date is not None and date[0] in schema:
            dates.setdefault(date[0], {})[date[1]] = value
            continue
        name = key.removeprefix("userDefined:")
        if name not in schema and name == "title":
            # Notion takes "title" for whatever the title property is called.
            name = next(n for n, column in schema.items() if column.type == "title")
        if name not in schema:
            message = f'Property "{name}" not found. Available: {", ".join(schema)}'
            raise InvalidCellError(message)
        cells[name] = _read(name, schema[name], value)
    for name, parts in dates.items():
        cells[name] = _read_date(name, parts, cells.get(name))
    return cells


def _date_columns(name: str, value: Cell) -> dict[str, Any]:
    date = value if isinstance(value, DateValue) else None
    prefix = f"date:{name}"
    return {
        f"{prefix}:start": date.start if date else None,
        f"{prefix}:end": date.end if date else None,
        f"{prefix}:is_datetime": int(date.is_datetime) if date else None,
    }


def _date_part(key: str) -> tuple[str, str] | None:
    prefix, _, part = key.rpartition(":")
    if not prefix.startswith("date:") or part not in DATE_PARTS:
        return None
    return prefix.removeprefix("date:"), part


def _read(name: str, column: Property, value: object) -> Cell:
    if column.type in READ_ONLY_TYPES or column.type == "date":
        hint = f'; set "date:{name}:start"' if column.type == "date" else ""
        message = f'Property "{name}" cannot be written{hint}'
        raise InvalidCellError(message)
    if value is None:
        return False if column.type == "checkbox" else None
    if column.type == "number":
        return _number(name, value)
    if column.type == "checkbox":
        return _flag(name, value)
    if column.type in LIST_TYPES:
        return _items(name, column, value)
    if not isinstance(value, str):
        message = f'Property "{name}" needs a string'
        raise InvalidCellError(message)
    if column.type in {"select", "status"}:
        _check_option(name, column, value)
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        message = f'Property "{name}" needs a number'
        raise InvalidCellError(message)
    return value


def _flag(name: str, value: object) -> bool:
    known = {YES: True, NO: False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in known:
        return known[value]
    message = f'Property "{name}" needs {YES} or {NO}'
    raise InvalidCellError(message)


def _items(name: str, column: Property, value: object) -> list[str]:
    parsed = _parsed_list(value)
    items = [item for item in parsed if isinstance(item, str)]
    if len(items) != len(parsed):
        message = f'Property "{name}" needs a list of strings'
        raise InvalidCellError(message)
    if column.type == "file":
        return items
    if column.type == "multi_select":
        for item in items:
            _check_option(name, column, item)
        return items
    identifiers = [canonical_id(item.removeprefix("user://")) for item in items]
    known = [identifier for identifier in identifiers if identifier is not None]
    if len(known) != len(items):
        message = f'Property "{name}" needs ids or URLs'
        raise InvalidCellError(message)
    return known


def _parsed_list(value: object) -> list[object]:
    if isinstance(value, str):
        try:
            parsed: object = json.loads(value)
        except ValueError:
            return [value]
        return cast("list[object]", parsed) if isinstance(parsed, list) else [value]
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _check_option(name: str, column: Property, value: str) -> None:
    names = [option.name for option in column.options]
    if value not in names:
        message = f'Invalid value "{value}" for "{name}". Options: {", ".join(names)}'
        raise InvalidCellError(message)


def _read_date(name: str, parts: Mapping[str, Any], before: Cell) -> DateValue | None:
    old = before if isinstance(before, DateValue) else None
    start = parts.get("start", old.start if old else None)
    if start is None:
        return None
    end = parts.get("end", old.end if old else None)
    is_datetime = bool(parts.get("is_datetime", old.is_datetime if old else 0))
    for text in (start, end):
        try:
            if text is not None:
                datetime.fromisoformat(text)
        except (TypeError, ValueError) as error:
            message = f'Property "{name}" needs ISO 8601 dates'
            raise InvalidCellError(message) from error
    return DateValue(start, end, is_datetime)
