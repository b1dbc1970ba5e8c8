"""Finding pages and the places they can be put, and keeping the children's tags in step."""

import re
from typing import Any

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.tool import Call
from notion_simulator.workspace.model import (
    Database,
    DataSource,
    Page,
    Parent,
    Workspace,
    canonical_id,
)

PARENT_SCHEMA: dict[str, Any] = {
    "oneOf": [
        {
            "type": "object",
            "properties": {key: {"type": "string"}, "type": {"const": key}},
            "required": [key],
            "additionalProperties": {},
        }
        for key in ("page_id", "database_id", "data_source_id")
    ]
}


def find_page(call: Call, identifier: str) -> Page:
    """Returns a page by its UUID; URLs are refused as Notion refuses them here."""
    page = None if "/" in identifier else call.workspace.pages.get(canonical_id(identifier) or "")
    if page is None:
        raise not_found("page", identifier)
    return page


def find_parent(workspace: Workspace, given: dict[str, Any] | None) -> Parent:
    """Returns the place a parent argument names; a database stands for its only data source."""
    if given is None or given.get("type") == "workspace":
        return Parent("workspace")
    if "page_id" in given:
        page_id = canonical_id(given["page_id"])
        if page_id not in workspace.pages:
            raise not_found("page", given["page_id"])
        return Parent("page", page_id)
    if "data_source_id" in given:
        source_id = canonical_id(given["data_source_id"])
        if source_id not in workspace.data_sources:
            raise not_found("data source", given["data_source_id"])
        return Parent("data_source", source_id)
    database = workspace.databases.get(canonical_id(given.get("database_id", "")) or "")
    if database is None:
        raise not_found("database", str(given.get("database_id")))
    if len(database.data_source_ids) != 1:
        message = "The database has several data sources; use data_source_id instead."
        raise invalid(message)
    return Parent("data_source", database.data_source_ids[0])


def append_child(workspace: Workspace, parent: Parent, child: Page | Database) -> None:
    """Puts the child's tag at the end of a parent page."""
    page = workspace.pages.get(parent.id or "") if parent.kind == "page" else None
    if page is None:
        return
    kind = "page" if isinstance(child, Page) else "database"
    tag = f'<{kind} url="{child.url}">{child.title}</{kind}>'
    page.content = f"{page.content}\n{tag}" if page.content else tag


def remove_child(workspace: Workspace, parent: Parent, child: Page | Database) -> None:
    """Takes the child's tag out of a parent page."""
    page = workspace.pages.get(parent.id or "") if parent.kind == "page" else None
    if page is None:
        return
    tag = re.compile(rf'\n?<(page|database) url="{re.escape(child.url)}"[^>]*>[^<]*</\1>')
    page.content = tag.sub("", page.content).removeprefix("\n")


def children(workspace: Workspace, page: Page) -> list[Page | Database]:
    """Returns the pages and databases that live directly in a page."""
    parent = Parent("page", page.id)
    everything: list[Page | Database] = [*workspace.pages.values(), *workspace.databases.values()]
    return [
        item
        for item in everything
        if item.parent == parent and not (isinstance(item, Page) and item.archived)
    ]


def trash_page(workspace: Workspace, page: Page) -> None:
    """Takes a page and everything below it out of lists and searches; fetch still shows it."""
    for child in children(workspace, page):
        if isinstance(child, Page):
            trash_page(workspace, child)
        else:
            trash_database(workspace, child)
    page.archived = True


def trash_source(workspace: Workspace, source: DataSource) -> None:
    """Takes a data source away for good, and every database that showed only it."""
    for row in workspace.rows(source.id):
        row.archived = True
    for database in list(workspace.databases.values()):
        if source.id not in database.data_source_ids:
            continue
        database.data_source_ids.remove(source.id)
        views = [workspace.views[view_id] for view_id in database.view_ids]
        database.view_ids = [view.id for view in views if view.data_source_id != source.id]
        for view in views:
            if view.data_source_id == source.id:
                del workspace.views[view.id]
        if not database.data_source_ids:
            remove_child(workspace, database.parent, database)
            del workspace.databases[database.id]
    del workspace.data_sources[source.id]


def trash_database(workspace: Workspace, database: Database) -> None:
    """Takes a database away with its own data sources; a linked one leaves what it showed."""
    for source_id in list(database.data_source_ids):
        source = workspace.data_sources[source_id]
        if source.database_id == database.id:
            trash_source(workspace, source)
    if workspace.databases.pop(database.id, None) is not None:
        for view_id in database.view_ids:
            del workspace.views[view_id]
