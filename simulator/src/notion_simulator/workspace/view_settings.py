"""The view language of notion-create-view and notion-update-view, read into a view's settings.

`FILTER` and `SORT BY` are obeyed by queries of the view; everything else is
checked and kept. A directive that is given replaces what it set before.
"""

from collections.abc import Mapping
from typing import Any

from notion_simulator.workspace.model import Property, View
from notion_simulator.workspace.statements import StatementError, Words

CHARTS = frozenset({"column", "bar", "line", "donut", "number"})
COMPARISONS = {
    "=": "equals",
    "!=": "does_not_equal",
    "<>": "does_not_equal",
    "<": "less_than",
    "<=": "less_than_or_equal_to",
    ">": "greater_than",
    ">=": "greater_than_or_equal_to",
}
CLEARED = {"FILTER": "filter", "SORT": "sorts", "GROUP": "groupBy"}
NEEDED = {"board": "groupBy", "calendar": "calendarBy", "timeline": "timelineBy", "map": "mapBy"}
FORM_ACCESS = frozenset({"none", "reader", "editor"})
DATES = frozenset({"date", "created_time", "last_edited_time"})


def configure(view: View, schema: Mapping[str, Property], statements: str) -> None:
    """Changes the view as the statements say. Raises `StatementError` before anything changed."""
    settings, shown = dict(view.settings), list(view.display_properties)
    words = _ViewWords(statements, schema)
    while not words.at_end:
        _directive(words, settings, shown)
        words.finish()
    needed = NEEDED.get(view.type)
    if needed is not None and needed not in settings:
        message = f"A {view.type} view needs {needed.removesuffix('By').upper()} BY"
        raise StatementError(message)
    view.settings, view.display_properties = settings, tuple(shown)


class _ViewWords(Words):
    def __init__(self, statements: str, schema: Mapping[str, Property]) -> None:
        super().__init__(statements)
        self._schema = schema

    def column(self, kinds: frozenset[str] | None = None) -> str:
        """Takes the name of a property that exists, of one of the kinds if given."""
        name = self.name()
        if name not in self._schema:
            message = f'Property "{name}" not found. Available: {", ".join(self._schema)}'
            raise StatementError(message)
        if kinds is not None and self._schema[name].type not in kinds:
            message = f'Property "{name}" is not a date'
            raise StatementError(message)
        return name

    def columns(self) -> list[str]:
        names = [self.column()]
        while self.accept(","):
            names.append(self.column())
        return names

    def one_of(self, known: frozenset[str]) -> str:
        word = self.take().value.lower()
        if word not in known:
            message = f"Expected one of {', '.join(sorted(known))}, found {word}"
            raise StatementError(message)
        return word


def _directive(words: _ViewWords, settings: dict[str, Any], shown: list[str]) -> None:
    if words.accept("CLEAR"):
        kind = words.take().text.upper()
        if kind not in CLEARED:
            raise words.error("FILTER, SORT or GROUP BY")
        words.accept("BY")
        settings.pop(CLEARED[kind], None)
    elif words.accept("FILTER"):
        settings["filter"] = _either(words)
    elif words.accept("SORT", "BY"):
        settings["sorts"] = _sorts(words)
    elif words.accept("SHOW"):
        shown[:] = words.columns()
    elif words.accept("HIDE"):
        hidden = words.columns()
        shown[:] = [name for name in shown if name not in hidden]
    else:
        _layout(words, settings)


def _layout(words: _ViewWords, settings: dict[str, Any]) -> None:
    if words.accept("GROUP", "BY"):
        settings["groupBy"] = words.column()
    elif words.accept("CALENDAR", "BY"):
        settings["calendarBy"] = words.column(DATES)
    elif words.accept("TIMELINE", "BY"):
        start = words.column(DATES)
        end = words.column(DATES) if words.accept("TO") else None
        settings["timelineBy"] = {"start": start, **({"end": end} if end else {})}
    elif words.accept("MAP", "BY"):
        settings["mapBy"] = words.column()
    elif words.accept("COVER"):
        settings["cover"] = words.column()
    elif words.accept("WRAP", "CELLS"):
        settings["wrapCells"] = True if words.at_end else bool(words.value())
    elif words.accept("FREEZE", "COLUMNS"):
        settings["freezeColumns"] = words.value()
    elif words.accept("CHART"):
        settings["chart"] = {"type": words.one_of(CHARTS), **_options(words)}
    elif words.accept("FORM"):
        settings["form"] = {**settings.get("form", {}), **_form(words)}
    else:
        raise words.error("a view directive")


def _form(words: _ViewWords) -> dict[str, Any]:
    if words.accept("ANONYMOUS"):
        return {"anonymous": words.value()}
    if words.accept("PERMISSIONS"):
        return {"permissions": words.one_of(FORM_ACCESS)}
    return {"status": words.one_of(frozenset({"open", "close"}))}


def _options(words: _ViewWords) -> dict[str, Any]:
    """Takes what may follow CHART; only the names of properties are checked."""
    options: dict[str, Any] = {}
    while not words.at_end:
        key = words.take().text.lower()
        words.accept("BY")
        taken: list[Any] = []
        while not words.at_end and words.peek.text.upper() not in {
            "AGGREGATE",
            "COLOR",
            "HEIGHT",
            "SORT",
            "STACK",
            "CAPTION",
        }:
            taken.append(words.column() if _names_column(words, key) else words.value())
        options[key] = taken[0] if len(taken) == 1 else taken
    return options


def _names_column(words: _ViewWords, key: str) -> bool:
    return words.peek.kind == "quoted" and key not in {"caption", "color"}


def _sorts(words: _ViewWords) -> list[dict[str, str]]:
    sorts: list[dict[str, str]] = []
    while True:
        name = words.column()
        descending = words.accept("DESC")
        if not descending:
            words.accept("ASC")
        sorts.append({"property": name, "direction": "descending" if descending else "ascending"})
        if not words.accept(","):
            return sorts


def _either(words: _ViewWords) -> dict[str, Any]:
    return _group(words, "or", "OR", _all)


def _all(words: _ViewWords) -> dict[str, Any]:
    return _group(words, "and", "AND", _condition)


def _group(words: _ViewWords, operator: str, keyword: str, part: Any) -> dict[str, Any]:  # noqa: ANN401 - one of the two functions around it
    parts: list[dict[str, Any]] = [part(words)]
    while words.accept(keyword):
        parts.append(part(words))
    return parts[0] if len(parts) == 1 else {"operator": operator, "filters": parts}


def _condition(words: _ViewWords) -> dict[str, Any]:
    if words.accept("("):
        inner = _either(words)
        words.expect(")")
        return inner
    name = words.column()
    if words.accept("IS"):
        operator = "is_not_empty" if words.accept("NOT") else "is_empty"
        words.expect("EMPTY")
        return {"property": name, "operator": operator}
    if words.accept("DOES", "NOT", "CONTAIN") or words.accept("NOT", "CONTAINS"):
        return {"property": name, "operator": "does_not_contain", "value": words.value()}
    if words.accept("CONTAINS"):
        return {"property": name, "operator": "contains", "value": words.value()}
    comparison = COMPARISONS.get(words.peek.text)
    if comparison is None:
        raise words.error("a comparison")
    words.take()
    return {"property": name, "operator": comparison, "value": words.value()}
