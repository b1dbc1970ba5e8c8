"""notion-query-data-sources and notion-query-multiple-data-sources: SQL, rows, or a saved view."""

from collections.abc import Mapping
from typing import Any

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace.conditions import Asker, plain
from notion_simulator.workspace.filters import FilterError, order, passes
from notion_simulator.workspace.model import DataSource, Page, Parent, canonical_id
from notion_simulator.workspace.tables import MAX_ROWS, QueryError, row_columns, select

DEFAULT_ROWS = 50
PARAMETERS = {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}}
CONDITION = {
    "type": "object",
    "properties": {"property": text(), "operator": text(), "value": {}},
    "required": ["property", "operator"],
    "additionalProperties": {},
}


def _group(items: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "operator": {"enum": ["and", "or"]},
            "filters": {"type": "array", "items": items},
        },
        "required": ["operator", "filters"],
        "additionalProperties": {},
    }


FILTER = {"anyOf": [_group({"anyOf": [_group(CONDITION), CONDITION]}), CONDITION]}
DATA = {
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "mode": {"const": "sql"},
                "data_source_urls": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                },
                "query": text("One SELECT; tables are the quoted collection:// URLs"),
                "params": PARAMETERS,
            },
            "required": ["data_source_urls", "query"],
            "additionalProperties": {},
        },
        {
            "type": "object",
            "properties": {
                "mode": {"const": "view"},
                "view_url": text("view://… or a URL with ?v="),
                "start_cursor": text(),
                "page_size": {"type": "integer", "minimum": 1, "maximum": 100},
                "is_archived": {"type": "boolean"},
            },
            "required": ["mode", "view_url"],
            "additionalProperties": {},
        },
        {
            "type": "object",
            "properties": {
                "mode": {"const": "rows"},
                "data_source_url": text("collection://…"),
                "filter": FILTER,
                "sort": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "property": text(),
                            "direction": {"enum": ["ascending", "descending"]},
                        },
                        "required": ["property"],
                        "additionalProperties": {},
                    },
                },
                "limit": {"type": "integer", "minimum": 1, "maximum": 100},
            },
            "required": ["mode", "data_source_url"],
            "additionalProperties": {},
        },
    ]
}


def query_data_sources(call: Call, arguments: Arguments) -> Result:
    """Answers one of the three kinds of query."""
    data: dict[str, Any] = arguments["data"]
    match data.get("mode", "sql"):
        case "view":
            return _view(call, data)
        case "rows":
            return _rows(call, data)
        case _:
            return _sql(call, data)


def query_multiple_data_sources(call: Call, arguments: Arguments) -> Result:
    """Answers one SELECT over several data sources."""
    return _sql(call, arguments)


def _sql(call: Call, data: Arguments) -> Result:
    sources = [_source(call, url) for url in data["data_source_urls"]]
    tables = [(source, call.workspace.rows(source.id)) for source in sources]
    try:
        rows, has_more = select(tables, data["query"], data.get("params", []))
    except QueryError as error:
        message = f"Query failed: {error}"
        raise invalid(message) from error
    return {
        "results": rows,
        "has_more": has_more,
        "data_source_ids": [source.id for source in sources],
    }


def _rows(call: Call, data: dict[str, Any]) -> Result:
    source = _source(call, data["data_source_url"])
    rows = call.workspace.rows(source.id)
    found = _selected(call, source, rows, data.get("filter"), data.get("sort", []))
    limit: int = data.get("limit", DEFAULT_ROWS)
    return {"results": [_shown(row) for row in found[:limit]], "has_more": len(found) > limit}


def _view(call: Call, data: dict[str, Any]) -> Result:
    url: str = data["view_url"]
    wanted = url.rsplit("?v=", maxsplit=1)[-1] if "?v=" in url else url
    view = call.workspace.views.get(canonical_id(wanted) or "")
    if view is None:
        raise not_found("view", url)
    source = call.workspace.data_sources[view.data_source_id]
    parent = Parent("data_source", source.id)
    archived = bool(data.get("is_archived"))
    pages = [
        page
        for page in call.workspace.pages.values()
        if page.parent == parent and page.archived == archived
    ]
    settings = view.settings
    rows = _selected(call, source, pages, settings.get("filter"), settings.get("sorts", []))
    start = _cursor(data.get("start_cursor"))
    end = start + int(data.get("page_size", MAX_ROWS))
    result: Result = {
        "results": [_shown(row) for row in rows[start:end]],
        "has_more": end < len(rows),
    }
    if end < len(rows):
        result["next_cursor"] = f"s:{end}"
    return result


def _selected(
    call: Call,
    source: DataSource,
    pages: list[Page],
    wanted: Mapping[str, Any] | None,
    sorts: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Returns the rows that pass a filter, in the order of the sorts."""
    asker = Asker(call.user.id, call.now)
    rows = [row_columns(source, page) for page in pages]
    try:
        condition = None if wanted is None else plain(wanted, source.schema, asker)
        found = [row for row in rows if passes(source.schema, row, condition)]
        for step in reversed(sorts):
            descending = step.get("direction") == "descending"
            found = order(source.schema, found, step["property"], descending=descending)
    except FilterError as error:
        raise invalid(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        message = f"The filter cannot be understood: {error}"
        raise invalid(message) from error
    return found


def _source(call: Call, url: str) -> DataSource:
    source = call.workspace.data_sources.get(canonical_id(url) or "")
    if source is None:
        raise not_found("data source", url)
    return source


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    identifier = canonical_id(row["url"])
    return {"id": identifier, **{key: value for key, value in row.items() if value is not None}}


def _cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    digits = cursor.removeprefix("s:")
    if not digits.isdecimal():
        message = f"Invalid start_cursor: {cursor}"
        raise invalid(message)
    return int(digits)


TOOLS = (
    Tool(
        "notion-query-data-sources",
        "Query data sources",
        "Queries data sources with one SQL SELECT, with a filter and sort (mode rows), or through "
        "a saved view (mode view).",
        schema({"data": DATA}, ("data",)),
        READS,
        query_data_sources,
    ),
    Tool(
        "notion-query-multiple-data-sources",
        "Query multiple data sources",
        "Queries several data sources at once with one SQL SELECT: joins, unions, comparisons.",
        schema(
            {
                "query": text("One SELECT; tables are the quoted collection:// URLs"),
                "data_source_urls": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                },
                "params": PARAMETERS,
                "mode": {"type": "string", "enum": ["sql"]},
            },
            ("query", "data_source_urls"),
        ),
        READS,
        query_multiple_data_sources,
    ),
)
