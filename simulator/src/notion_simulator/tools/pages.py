"""notion-create-pages and notion-update-page."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from notion_simulator.tools.async_tasks import start, wants_async
from notion_simulator.tools.errors import invalid
from notion_simulator.tools.page_content import (
    insert_content,
    needed,
    replace_content,
    update_content,
)
from notion_simulator.tools.page_schemas import CREATE_SCHEMA, UPDATE_SCHEMA
from notion_simulator.tools.parents import append_child, find_page, find_parent
from notion_simulator.tools.tool import ADDS, OVERWRITES, Arguments, Call, Result, Tool
from notion_simulator.workspace.cells import InvalidCellError, read_cells
from notion_simulator.workspace.model import Cell, DataSource, Page, Parent, Property

DAY_SECONDS = 86_400
NO_VALUE = "none"
PLAIN_SCHEMA: Mapping[str, Property] = {"title": Property("title")}


def create_pages(call: Call, arguments: Arguments) -> Result:
    """Creates pages now, or in a while if the caller allows that."""
    if wants_async(call, arguments):
        return start(call, lambda later: _create(later, arguments))
    return _create(call, arguments)


def update_page(call: Call, arguments: Arguments) -> Result:
    """Changes one page by one command, now or in a while."""
    if wants_async(call, arguments):
        return start(call, lambda later: _update(later, arguments))
    return _update(call, arguments)


def _create(call: Call, arguments: Arguments) -> Result:
    """Creates all pages or none: they are checked before the first is stored."""
    parent = find_parent(call.workspace, arguments.get("parent"))
    if "creation_mode" in arguments and "parent" in arguments:
        message = "creation_mode cannot be combined with parent."
        raise invalid(message)
    made = [_new_page(call, parent, entry) for entry in arguments["pages"]]
    for page in made:
        call.workspace.add(page)
        append_child(call.workspace, parent, page)
    return {
        "pages": [
            {"id": page.id, "url": page.url, "properties": {"title": page.title}} for page in made
        ]
    }


def _update(call: Call, arguments: Arguments) -> Result:
    page = find_page(call, arguments["page_id"])
    match arguments["command"]:
        case "update_properties":
            page.cells = _cells(call, page.parent, arguments.get("properties", {}), page.cells)
        case "update_content":
            update_content(call, page, arguments)
        case "replace_content":
            replace_content(call, page, arguments)
        case "insert_content":
            insert_content(page, arguments)
        case "apply_template":
            template = find_page(call, needed(arguments, "template_id"))
            page.content = "\n".join(part for part in (page.content, template.content) if part)
        case _:
            page.verified_until = _verified_until(call, arguments)
    page.icon = _decoration(arguments, "icon", page.icon)
    page.cover = _decoration(arguments, "cover", page.cover)
    page.is_skill = arguments.get("is_skill", page.is_skill)
    page.edited_at, page.edited_by = call.now, call.user.id
    return {"page_id": page.id}


def _new_page(call: Call, parent: Parent, entry: Mapping[str, Any]) -> Page:
    content: str = entry.get("content", "")
    if "template_id" in entry:
        content = find_page(call, entry["template_id"]).content
    source = call.workspace.resolve(parent)
    return Page(
        id=str(uuid4()),
        parent=parent,
        cells=_cells(call, parent, entry.get("properties", {}), {}),
        content=content,
        title_property=source.title_property if isinstance(source, DataSource) else "title",
        icon=_decoration(entry, "icon", None),
        cover=_decoration(entry, "cover", None),
        created_by=call.user.id,
        edited_by=call.user.id,
        created_at=call.now,
        edited_at=call.now,
        is_skill=bool(entry.get("is_skill")),
    )


def _cells(
    call: Call, parent: Parent, given: Mapping[str, Any], before: Mapping[str, Cell]
) -> dict[str, Cell]:
    source = call.workspace.resolve(parent)
    columns = source.schema if isinstance(source, DataSource) else PLAIN_SCHEMA
    try:
        return read_cells(columns, given, before)
    except InvalidCellError as error:
        raise invalid(str(error)) from error


def _verified_until(call: Call, arguments: Arguments) -> float | None:
    if needed(arguments, "verification_status") == "unverified":
        return None
    days = arguments.get("verification_expiry_days")
    return float("inf") if days is None else call.now + days * DAY_SECONDS


def _decoration(arguments: Mapping[str, Any], key: str, before: str | None) -> str | None:
    value = arguments.get(key, before)
    return None if value == NO_VALUE else value


TOOLS = (
    Tool(
        "notion-create-pages",
        "Create Notion pages",
        "Creates one or more pages with properties and content, below a page, in a data source, "
        "or as private pages of the user if no parent is given.",
        CREATE_SCHEMA,
        ADDS,
        create_pages,
    ),
    Tool(
        "notion-update-page",
        "Update Notion page",
        "Changes a page's properties or content. Commands: update_properties, update_content "
        "(search and replace), replace_content, insert_content, apply_template, "
        "update_verification.",
        UPDATE_SCHEMA,
        OVERWRITES,
        update_page,
    ),
)
