"""Columns and options under the names people call them."""

import math
from collections.abc import Sequence

from notion_simulator.model import writing
from notion_simulator.model.finding import Ended
from notion_simulator.model.reading import Column


def column_called(columns: Sequence[Column], name: str) -> Column:
    """Returns a column by its name; without a name a column of no kind. Raises `Ended`."""
    wanted = name.strip().casefold()
    fitting = [column for column in columns if column.name.casefold() == wanted]
    if not fitting and wanted:
        raise Ended(writing.no_such_column(name, columns))
    return fitting[0] if fitting else Column("", "")


def option_called(column: Column, value: str) -> str:
    """Returns an option as the database spells it; for columns without options the value."""
    if not column.options:
        return value
    fitting = [option for option in column.options if option.casefold() == value.casefold()]
    if not fitting:
        raise Ended(writing.no_such_option(column, value))
    return fitting[0]


def cell(column: Column, value: str) -> str | float:
    """Returns a value as `notion-update-page` takes it for a column. Raises `Ended`."""
    if column.type == "number":
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise Ended(writing.not_a_number(column.name, value)) from None
        return int(number) if number.is_integer() else number
    if column.type == "checkbox":
        return "__YES__" if value.casefold() in {"yes", "true", "on", "done"} else "__NO__"
    return value
