"""Filters and sorting of rows in wire form, for queries that are not SQL."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from notion_simulator.workspace.cells import UNSELECTABLE_TYPES, wire_name
from notion_simulator.workspace.model import Property, canonical_id

Row = dict[str, Any]


class FilterError(ValueError):
    """A filter names an unknown property or operator; the text says which."""


def passes(schema: Mapping[str, Property], row: Row, given: Mapping[str, Any] | None) -> bool:
    """Whether a row passes a condition or a group of conditions; None lets everything pass."""
    if given is None:
        return True
    if "filters" in given:
        parts = [passes(schema, row, part) for part in given["filters"]]
        return any(parts) if given["operator"] == "or" else all(parts)
    value = row[_column(schema, given["property"])]
    return _test(given["operator"])(value, given.get("value"))


def order(
    schema: Mapping[str, Property], rows: list[Row], name: str, *, descending: bool
) -> list[Row]:
    """Returns rows in stable order of one property, empty cells last."""
    column = _column(schema, name)
    filled = [row for row in rows if row[column] is not None]
    empty = [row for row in rows if row[column] is None]

    def key(row: Row) -> Any:  # noqa: ANN401 - a column has values of one type
        return row[column]

    return sorted(filled, key=key, reverse=descending) + empty


def _column(schema: Mapping[str, Property], name: str) -> str:
    if name in {"url", "createdTime"}:
        return name
    if name not in schema:
        message = f'Property "{name}" not found. Available: {", ".join(schema)}'
        raise FilterError(message)
    if schema[name].type in UNSELECTABLE_TYPES:
        message = f'Property "{name}" cannot be filtered or sorted by'
        raise FilterError(message)
    return f"date:{name}:start" if schema[name].type == "date" else wire_name(name)


def _test(operator: str) -> Callable[[Any, Any], bool]:
    test = TESTS.get(operator)
    if test is None:
        message = f'Unknown operator "{operator}". Available: {", ".join(TESTS)}'
        raise FilterError(message)
    return test


def _equal(value: object, wanted: object) -> bool:
    if isinstance(wanted, list):
        return any(_equal(value, item) for item in cast("list[object]", wanted))
    if isinstance(wanted, bool):
        return value == ("__YES__" if wanted else "__NO__")
    return value == wanted


def _contains(value: object, wanted: object) -> bool:
    if isinstance(wanted, list):
        return any(_contains(value, item) for item in cast("list[object]", wanted))
    if not isinstance(value, str):
        return False
    items = _items(value)
    if items is None:
        return str(wanted).lower() in value.lower()
    return any(_same(item, wanted) for item in items)


def _same(item: object, wanted: object) -> bool:
    """Whether two values are equal or name the same thing, one by its id, one by its URL."""
    if not (isinstance(item, str) and isinstance(wanted, str)):
        return item == wanted
    identifier = canonical_id(item)
    return item == wanted or (identifier is not None and identifier == canonical_id(wanted))


def _items(value: str) -> list[Any] | None:
    if not value.startswith("["):
        return None
    try:
        parsed: object = json.loads(value)
    except ValueError:
        return None
    return cast("list[Any]", parsed) if isinstance(parsed, list) else None


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(value: object, wanted: object) -> bool:
        if isinstance(value, str) and isinstance(wanted, str):
            # A day is compared with the day of a moment, not with its midnight.
            return test(value[: len(wanted)], wanted)
        numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
        return test(value, wanted) if numbers else False

    return compare


def _within(value: object, wanted: object) -> bool:
    match wanted:
        case [start, end]:  # pyright: ignore[reportUnknownVariableType]
            return _GREATER_OR_EQUAL(value, start) and _LESS_OR_EQUAL(value, end)
        case _:
            return False


def _begins(value: object, wanted: object) -> bool:
    return isinstance(value, str) and value.lower().startswith(str(wanted).lower())


def _ends(value: object, wanted: object) -> bool:
    return isinstance(value, str) and value.lower().endswith(str(wanted).lower())


_LESS = _compare(lambda value, wanted: value < wanted)
_LESS_OR_EQUAL = _compare(lambda value, wanted: value <= wanted)
_GREATER = _compare(lambda value, wanted: value > wanted)
_GREATER_OR_EQUAL = _compare(lambda value, wanted: value >= wanted)

TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": _equal,
    "does_not_equal": lambda value, wanted: not _equal(value, wanted),
    "contains": _contains,
    "does_not_contain": lambda value, wanted: not _contains(value, wanted),
    "starts_with": _begins,
    "ends_with": _ends,
    "on": _compare(lambda value, wanted: value == wanted),
    "within": _within,
    "is_empty": lambda value, _: value is None or value == "",
    "is_not_empty": lambda value, _: value is not None and value != "",
    "less_than": _LESS,
    "less_than_or_equal_to": _LESS_OR_EQUAL,
    "greater_than": _GREATER,
    "greater_than_or_equal_to": _GREATER_OR_EQUAL,
    "before": _LESS,
    "on_or_before": _LESS_OR_EQUAL,
    "after": _GREATER,
    "on_or_after": _GREATER_OR_EQUAL,
}
