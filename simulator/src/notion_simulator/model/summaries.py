"""Summaries made by counting and cutting: of a page's text, and of a database's rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from notion_simulator.model.markdown import escaped, link, outline
from notion_simulator.model.reading import Column, Entity

SENTENCES = 3
HEADINGS = 8
ITEMS = 5
ROWS = 10


def summary(entity: Entity) -> str:
    """Returns a page's first sentences, headings, and open to-dos."""
    parts = [f"**Summary of** {link(entity.title, entity.url)}{_whereabouts(entity)}"]
    told = outline(entity.content)
    values = {
        name: value for name, value in entity.properties.items() if name not in {"title", "url"}
    }
    if entity.source_url and values:
        parts.append("\n".join(_value_lines(values, entity.title)))
    if told.sentences:
        parts.append(escaped(" ".join(told.sentences[:SENTENCES])))
    if told.headings:
        parts.append("Headings: " + " · ".join(map(escaped, told.headings[:HEADINGS])))
    if told.to_dos:
        parts.append(_to_dos(told.to_dos))
    elif told.items:
        parts.append(_listed("From its lists:", told.items))
    if told.children:
        parts.append(_listed("Pages and databases below it:", told.children))
    if len(parts) == 1:
        parts.append("It is empty.")
    return "\n\n".join(parts)


def database_summary(
    entity: Entity, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]] | None
) -> str:
    """Returns a database's columns and rows; None for rows that could not be asked for."""
    parts = [f"**Summary of** {link(entity.title, entity.url)}, a database"]
    if columns:
        parts.append("Columns: " + " · ".join(escaped(column.name) for column in columns))
    if rows is not None:
        parts.append(_count(columns, rows))
        parts.append(_row_lines(columns, rows))
    return "\n\n".join(filter(None, parts))


def rows_found(
    entity: Entity, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], value: str
) -> str:
    """Returns the rows of a database, `value` being what they were asked to have."""
    database = link(entity.title, entity.url)
    having = f" with “{escaped(value)}”" if value else ""
    if not rows:
        return f"{database} has no rows{having}."
    return f"Rows of {database}{having}:\n\n{_row_lines(columns, rows)}"


def _whereabouts(entity: Entity) -> str:
    where = f", in {escaped(entity.path)}" if entity.path else ""
    when = f", last edited {escaped(entity.edited[:10])}" if entity.edited else ""
    return where + when


def _value_lines(values: Mapping[str, Any], title: str) -> list[str]:
    return [
        f"- {escaped(_column_name(name))}: {escaped(_shown(value))}"
        for name, value in values.items()
        if value != title and not str(value).startswith("[") and not name.endswith("is_datetime")
    ]


def _column_name(name: str) -> str:
    """Notion writes date:Due:start for the start of the column Due."""
    kind, _, rest = name.partition(":")
    return rest.removesuffix(":start") if kind == "date" and rest else name


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return {"__YES__": "yes", "__NO__": "no"}.get(str(value), str(value))


def _to_dos(to_dos: Sequence[tuple[str, bool]]) -> str:
    still_open = [text for text, done in to_dos if not done]
    if not still_open:
        return f"All {len(to_dos)} to-dos are done."
    return _listed(f"Open to-dos ({len(still_open)} of {len(to_dos)}):", still_open)


def _listed(heading: str, items: Sequence[str]) -> str:
    lines = [f"- {escaped(item)}" for item in items[:ITEMS]]
    more = [f"- and {len(items) - ITEMS} more"] if len(items) > ITEMS else []
    return "\n".join([heading, "", *lines, *more])


def _count(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> str:
    text = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}"
    status = next((column.name for column in columns if column.type == "status"), None)
    if status is None:
        return f"{text}."
    counts = Counter(str(row[status]) for row in rows if row.get(status))
    by_status = ", ".join(f"{count} {escaped(value)}" for value, count in counts.most_common())
    return f"{text}: {by_status}." if by_status else f"{text}."


def _row_lines(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> str:
    title = next((column.name for column in columns if column.type == "title"), "title")
    shown = [column.name for column in columns if column.type in {"status", "select"}]
    lines = [
        " · ".join(
            [
                f"- {link(str(row.get(title, '')), str(row.get('url', '')))}",
                *_values(row, shown),
            ]
        )
        for row in rows[:ROWS]
    ]
    more = [f"- and {len(rows) - ROWS} more"] if len(rows) > ROWS else []
    return "\n".join([*lines, *more])


def _values(row: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [escaped(str(row[name])) for name in names if row.get(name)]
