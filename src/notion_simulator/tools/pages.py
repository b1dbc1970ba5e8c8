"""notion-create-pages and notion-update-page."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from notion_simulator.tools.errors import invalid
from notion_simulator.tools.parents import (
    PARENT_SCHEMA,
    append_child,
    children,
    find_page,
    find_parent,
)
from notion_simulator.tools.tool import (
    ADDS,
    OVERWRITES,
    Arguments,
    Call,
    Result,
    Tool,
    schema,
    text,
)
from notion_simulator.workspace.cells import InvalidCellError, read_cells
from notion_simulator.workspace.model import Cell, DataSource, Page, Parent, Property

DAY_SECONDS = 86_400
NO_VALUE = "none"
PLAIN_SCHEMA: Mapping[str, Property] = {"title": Property("title")}
PROPERTIES = {
    "type": "object",
    "description": "Property name to value; null clears",
    "additionalProperties": {"type": ["string", "number", "boolean", "array", "null"]},
}
CREATE_SCHEMA = schema(
    {
        "pages": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "properties": PROPERTIES,
                    "content": text("Notion-flavoured Markdown"),
                    "template_id": text(),
                    "icon": text("Emoji, :custom:, URL or none"),
                    "cover": text("URL or none"),
                    "is_skill": {"type": "boolean"},
                    "preserve_internal_links": {"type": "boolean"},
                },
                "additionalProperties": {},
            },
        },
        "parent": PARENT_SCHEMA,
        "creation_mode": {"type": "string", "enum": ["draft"]},
        "allow_async": {"type": "boolean"},
    },
    ("pages",),
)
UPDATE_SCHEMA = schema(
    {
        "page_id": text("UUID of the page"),
        "command": {
            "type": "string",
            "enum": [
                "update_properties",
                "update_content",
                "replace_content",
                "insert_content",
                "apply_template",
                "update_verification",
            ],
        },
        "properties": PROPERTIES,
        "new_str": text("replace_content: the whole new content"),
        "content": text("insert_content: what to insert"),
        "content_updates": {
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "old_str": {"type": "string", "minLength": 1},
                    "new_str": {"type": "string"},
                    "replace_all_matches": {"type": "boolean"},
                },
                "required": ["old_str", "new_str"],
                "additionalProperties": {},
            },
        },
        "position": {
            "type": "object",
            "properties": {"type": {"enum": ["start", "end"]}},
            "required": ["type"],
            "additionalProperties": {},
        },
        "allow_deleting_content": {"type": "boolean"},
        "template_id": text(),
        "verification_status": {"type": "string", "enum": ["verified", "unverified"]},
        "verification_expiry_days": {"type": "integer", "minimum": 1},
        "icon": text(),
        "cover": text(),
        "is_skill": {"type": "boolean"},
        "allow_async": {"type": "boolean"},
    },
    ("page_id", "command"),
)


def create_pages(call: Call, arguments: Arguments) -> Result:
    """Creates all pages or none: they are checked before the first is stored."""
    parent = find_parent(call.workspace, arguments.get("parent"))
    if "creation_mode" in arguments and "parent" in arguments:
        message = "creation_mode cannot be combined with parent."
        raise invalid(message)
    made = [_new_page(call, parent, entry) for entry in arguments["pages"]]
    for page in made:
        call.workspace.pages[page.id] = page
        append_child(call.workspace, parent, page)
    return {
        "pages": [
            {"id": page.id, "url": page.url, "properties": {"title": page.title}} for page in made
        ]
    }


def update_page(call: Call, arguments: Arguments) -> Result:
    """Changes one page by one command."""
    page = find_page(call, arguments["page_id"])
    match arguments["command"]:
        case "update_properties":
            page.cells = _cells(call, page.parent, arguments.get("properties", {}), page.cells)
        case "update_content":
            _set_content(call, page, _edited(page.content, _updates(arguments)), arguments)
        case "replace_content":
            _set_content(call, page, _needed(arguments, "new_str"), arguments)
        case "insert_content":
            page.content = _inserted(page.content, arguments)
        case "apply_template":
            template = find_page(call, _needed(arguments, "template_id"))
            page.content = "\n".join(part for part in (page.content, template.content) if part)
        case _:
            page.verified_until = _verified_until(call, arguments)
    page.icon = _decoration(arguments, "icon", page.icon)
    page.cover = _decoration(arguments, "cover", page.cover)
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


def _updates(arguments: Arguments) -> list[Mapping[str, Any]]:
    updates: list[Mapping[str, Any]] = arguments.get("content_updates", [])
    if not updates:
        message = "content_updates is required for update_content."
        raise invalid(message)
    return updates


def _edited(content: str, updates: list[Mapping[str, Any]]) -> str:
    for update in updates:
        old, new = str(update["old_str"]), str(update["new_str"])
        matches = content.count(old)
        if matches == 0:
            message = f"No matches found for old_str: {old!r}"
            raise invalid(message)
        if matches > 1 and not update.get("replace_all_matches"):
            message = (
                f"Multiple matches ({matches}) found for old_str: {old!r}. "
                "Add context or set replace_all_matches."
            )
            raise invalid(message)
        content = content.replace(old, new)
    return content


def _set_content(call: Call, page: Page, content: str, arguments: Arguments) -> None:
    lost = [child for child in children(call.workspace, page) if child.url not in content]
    if lost and not arguments.get("allow_deleting_content"):
        titles = ", ".join(child.title for child in lost)
        message = (
            f"This would delete child pages or databases: {titles}. Keep their elements in the "
            "content, or set allow_deleting_content."
        )
        raise invalid(message)
    for child in lost:
        if isinstance(child, Page):
            child.archived = True
        else:
            del call.workspace.databases[child.id]
    page.content = content


def _inserted(content: str, arguments: Arguments) -> str:
    addition = _needed(arguments, "content")
    if not content:
        return addition
    at_start = arguments.get("position", {"type": "end"})["type"] == "start"
    return f"{addition}\n{content}" if at_start else f"{content}\n{addition}"


def _verified_until(call: Call, arguments: Arguments) -> float | None:
    if _needed(arguments, "verification_status") == "unverified":
        return None
    days = arguments.get("verification_expiry_days")
    return float("inf") if days is None else call.now + days * DAY_SECONDS


def _decoration(arguments: Mapping[str, Any], key: str, before: str | None) -> str | None:
    value = arguments.get(key, before)
    return None if value == NO_VALUE else value


def _needed(arguments: Arguments, key: str) -> str:
    value = arguments.get(key)
    if not isinstance(value, str):
        message = f"{key} is required for {arguments['command']}."
        raise invalid(message)
    return value


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
