"""notion-move-pages."""

from typing import Any

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.parents import PARENT_SCHEMA, append_child, find_parent, remove_child
from notion_simulator.tools.tool import ADDS, Arguments, Call, Result, Tool, schema
from notion_simulator.workspace.model import Cell, Database, DataSource, Page, Parent, canonical_id

NEW_PARENT: dict[str, Any] = {
    "oneOf": [
        *PARENT_SCHEMA["oneOf"],
        {
            "type": "object",
            "properties": {"type": {"const": "workspace"}},
            "required": ["type"],
            "additionalProperties": {},
        },
    ]
}


def move_pages(call: Call, arguments: Arguments) -> Result:
    """Moves pages and databases; nothing moves if one of them cannot."""
    parent = find_parent(call.workspace, arguments["new_parent"])
    items = [_find(call, identifier) for identifier in arguments["page_or_database_ids"]]
    for item in items:
        _check(call, item, parent)
    for item in items:
        _move(call, item, parent)
    moved = ", ".join(item.id for item in items)
    return {"result": f"Successfully moved {len(items)} item(s): {moved}"}


def _find(call: Call, identifier: str) -> Page | Database:
    canonical = canonical_id(identifier) or ""
    found = call.workspace.pages.get(canonical) or call.workspace.databases.get(canonical)
    if found is None:
        raise not_found("page", identifier)
    return found


def _check(call: Call, item: Page | Database, parent: Parent) -> None:
    above = {found.id for found in call.workspace.ancestors(parent)}
    if item.id in above:
        message = "A page cannot be moved into itself or below itself."
        raise invalid(message)
    if isinstance(item, Database) and parent.kind == "data_source":
        message = "A database cannot be moved into a data source."
        raise invalid(message)


def _move(call: Call, item: Page | Database, parent: Parent) -> None:
    workspace = call.workspace
    remove_child(workspace, item.parent, item)
    if isinstance(item, Page):
        _fit(item, workspace.resolve(parent))
    item.parent = parent
    item.edited_at = call.now
    if isinstance(item, Page):
        workspace.add(item)
    append_child(workspace, parent, item)


def _fit(page: Page, target: Page | Database | DataSource | None) -> None:
    """Keeps the cells that the target's schema has too, of the same type or not at all."""
    title = page.title
    kept: dict[str, Cell] = {}
    if isinstance(target, DataSource):
        kept = {name: value for name, value in page.cells.items() if name in target.schema}
        page.title_property = target.title_property
    else:
        page.title_property = "title"
    page.cells = {**kept, page.title_property: title}


TOOLS = (
    Tool(
        "notion-move-pages",
        "Move Notion pages",
        "Moves pages or databases to another page, into a data source, or to the top of the "
        "workspace.",
        schema(
            {
                "page_or_database_ids": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "maxItems": 100,
                },
                "new_parent": NEW_PARENT,
            },
            ("page_or_database_ids", "new_parent"),
        ),
        ADDS,
        move_pages,
    ),
)
