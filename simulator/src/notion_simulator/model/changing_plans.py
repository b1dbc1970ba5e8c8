"""Plans that change something; a call of theirs is what a client asks approval for.

Their steps are as in `reading_plans`. What is to be changed is named by the user
and found beyond doubt, or nothing is changed.
"""

from typing import Any

from notion_simulator.model import writing
from notion_simulator.model.columns import cell, column_called, option_called
from notion_simulator.model.finding import Ended, Wanted, fetch, find
from notion_simulator.model.intents import (
    AddComment,
    Append,
    CheckOff,
    Create,
    Intent,
    Rename,
    ReplaceAll,
    ReplaceText,
    SetValue,
)
from notion_simulator.model.markdown import TO_DO, plain
from notion_simulator.model.memory import Memory
from notion_simulator.model.reading import Entity, Hit, columns_of, created_of
from notion_simulator.model.reading_plans import Plan
from notion_simulator.model.toolbox import COMMENT, CREATE, FETCH, UPDATE


def changing_plan(intent: Intent, memory: Memory) -> Plan | None:
    """Returns the plan for an intent that changes something, None for others."""
    match intent:
        case Create():
            return _create(intent, memory)
        case Rename():
            return _rename(intent, memory)
        case SetValue():
            return _set_value(intent, memory)
        case Append():
            return _append(intent, memory)
        case ReplaceText():
            return _replace_text(intent, memory)
        case ReplaceAll():
            return _replace_all(intent, memory)
        case CheckOff():
            return _check_off(intent, memory)
        case AddComment():
            return _add_comment(intent, memory)
        case _:
            return None


def _create(intent: Create, memory: Memory) -> Plan:
    page: dict[str, Any] = {"properties": {"title": intent.title}}
    if intent.content:
        page["content"] = intent.content
    arguments: dict[str, Any] = {"pages": [page]}
    parent: Hit | None = None
    if intent.parent is not None:
        parent = yield from find(intent.parent, memory, to_change=True)
        if parent.kind != "page":
            raise Ended(writing.only_pages(parent))
        arguments["parent"] = {"type": "page_id", "page_id": parent.page_id}
    call = Wanted(CREATE, arguments, writing.about_to_create(intent.title))
    data = yield call
    title = call.said("pages", 0, "properties", "title")
    return writing.created(created_of(data), title, parent)


def _rename(intent: Rename, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory, to_change=True)
    column = next((name for name, value in entity.properties.items() if value == entity.title), "")
    name = column or "title"
    call = _update(entity, "update_properties", properties={name: intent.title})
    yield call
    return writing.renamed(entity, call.said("properties", name))


def _set_value(intent: SetValue, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory, to_change=True)
    if not entity.source_url:
        raise Ended(writing.no_properties(entity.hit, intent.column))
    source = yield Wanted(FETCH, {"id": entity.source_url})
    columns = columns_of(source)
    column = column_called(columns, intent.column)
    value = option_called(column, intent.value)
    before = entity.properties.get(column.name)
    yield _update(entity, "update_properties", properties={column.name: cell(column, value)})
    return writing.value_set(entity.hit, column.name, before, value)


def _append(intent: Append, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory, to_change=True)
    call = _update(entity, "insert_content", content=intent.content, position={"type": "end"})
    yield call
    return writing.appended(entity.hit, call.said("content"))


def _replace_text(intent: ReplaceText, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory, to_change=True)
    count = entity.content.count(intent.old)
    if count == 0:
        raise Ended(writing.not_on_page(entity.hit, intent.old))
    change: dict[str, Any] = {"old_str": intent.old, "new_str": intent.new}
    if count > 1:
        change["replace_all_matches"] = True
    call = _update(entity, "update_content", content_updates=[change])
    yield call
    after = call.said("content_updates", 0, "new_str")
    return writing.replaced(entity.hit, intent.old, after, count)


def _replace_all(intent: ReplaceAll, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory, to_change=True)
    yield _update(entity, "replace_content", new_str=intent.content)
    return writing.replaced_all(entity.hit)


def _check_off(intent: CheckOff, memory: Memory) -> Plan:
    entity = yield from fetch(intent.target, memory, to_change=True)
    wanted = intent.item.casefold()
    lines = [
        line.strip()
        for line in entity.content.splitlines()
        if (to_do := TO_DO.match(line)) and to_do[1] == " " and wanted in plain(to_do[2]).casefold()
    ]
    if len(lines) != 1:
        raise Ended(writing.no_such_to_do(entity.hit, intent.item, len(lines)))
    change = {"old_str": lines[0], "new_str": lines[0].replace("[ ]", "[x]", 1)}
    yield _update(entity, "update_content", content_updates=[change])
    return writing.checked_off(entity.hit, intent.item)


def _add_comment(intent: AddComment, memory: Memory) -> Plan:
    hit = yield from find(intent.target, memory, to_change=True)
    arguments = {"page_id": hit.page_id, "markdown": intent.text}
    call = Wanted(COMMENT, arguments, writing.about_to_comment(hit))
    yield call
    return writing.commented(hit, call.said("markdown"))


def _update(entity: Entity, command: str, **what: object) -> Wanted:
    arguments = {"page_id": entity.hit.page_id, "command": command, **what}
    return Wanted(UPDATE, arguments, writing.about_to_change(entity.hit))
