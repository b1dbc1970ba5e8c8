"""Plans that only read.

A plan is a generator: it yields the call it wants, is sent what that found, and
returns what to say. It is run again from the beginning on every turn
(`planning.next_turn`), so it may depend on nothing but what it is given.
"""

from collections.abc import Generator
from typing import Any

from notion_simulator.model import summaries, writing
from notion_simulator.model.columns import column_called, option_called
from notion_simulator.model.finding import Data, Ended, Wanted, fetch, find
from notion_simulator.model.intents import (
    Intent,
    ListDatabases,
    ListRecent,
    ListRows,
    Read,
    ReadComments,
    Search,
    Summarise,
    WhoAmI,
)
from notion_simulator.model.memory import Memory
from notion_simulator.model.reading import Entity, columns_of, comments_of, hits_of, rows_of
from notion_simulator.model.toolbox import COMMENTS, FETCH, QUERY, SEARCH, Toolbox

Plan = Generator[Wanted, Data, str]
MANY = 50


def reading_plan(intent: Intent, memory: Memory, tools: Toolbox) -> Plan | None:
    """Returns the plan for an intent that changes nothing, None for others."""
    match intent:
        case Search():
            return _search(intent)
        case ListRecent():
            return _recent()
        case ListDatabases():
            return _databases()
        case ListRows():
            return _rows(intent, memory)
        case Read():
            return _read(intent, memory)
        case Summarise():
            return _summarise(intent, memory, tools)
        case ReadComments():
            return _read_comments(intent, memory)
        case WhoAmI():
            return _who_am_i()
        case _:
            return None


def _search(intent: Search) -> Plan:
    data = yield Wanted(SEARCH, {"query": intent.words})
    return writing.found(intent.words, hits_of(data))


def _recent() -> Plan:
    data = yield Wanted(SEARCH, {"query": "", "sort": "last_edited"})
    return writing.recent(hits_of(data))


def _databases() -> Plan:
    data = yield Wanted(SEARCH, {"query": "", "page_size": MANY})
    return writing.databases([hit for hit in hits_of(data) if hit.kind == "database"])


def _read(intent: Read, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory)
    return writing.as_written(entity)


def _summarise(intent: Summarise, memory: Memory, tools: Toolbox) -> Plan:
    data, entity = yield from _fetched(intent, memory)
    if entity.kind != "database":
        return summaries.summary(entity)
    columns = columns_of(data)
    if not entity.source_url or not tools.has(QUERY):
        return summaries.database_summary(entity, columns, None)
    rows = yield _query(entity.source_url)
    return summaries.database_summary(entity, columns, rows_of(rows))


def _rows(intent: ListRows, memory: Memory) -> Plan:
    data, entity = yield from _fetched(intent, memory)
    if not entity.source_url or entity.kind not in {"database", "data_source"}:
        raise Ended(writing.no_database(entity.hit))
    column = column_called(columns_of(data), intent.column)
    value = option_called(column, intent.value)
    found = yield _query(entity.source_url, column.name if intent.column else "", value)
    return summaries.rows_found(entity, columns_of(data), rows_of(found), intent.column and value)


def _read_comments(intent: ReadComments, memory: Memory) -> Plan:
    hit = yield from find(intent.target, memory)
    data = yield Wanted(COMMENTS, {"page_id": hit.page_id, "include_all_blocks": True})
    return writing.comments(hit, comments_of(data))


def _who_am_i() -> Plan:
    data = yield Wanted(FETCH, {"id": "self"})
    return writing.identity(data)


def _fetched(
    intent: Summarise | ListRows, memory: Memory
) -> Generator[Wanted, Data, tuple[Data, Entity]]:
    """Fetches a page or database and keeps the answer itself, which has the columns."""
    steps = fetch(intent.target, memory)
    data: Data = {}
    try:
        wanted = next(steps)
        while True:
            data = yield wanted
            wanted = steps.send(data)
    except StopIteration as end:
        entity: Entity = end.value
        return data, entity


def _query(source_url: str, column: str = "", value: str = "") -> Wanted:
    data: dict[str, Any] = {"mode": "rows", "data_source_url": source_url}
    if column:
        data["filter"] = {"property": column, "operator": "equals", "value": value}
    return Wanted(QUERY, {"data": data})
