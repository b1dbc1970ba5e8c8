"""Copies of pages with everything below them, each with ids of its own."""

from copy import deepcopy
from dataclasses import replace
from uuid import uuid4

from notion_simulator.workspace.model import Database, Page, Parent, Workspace


def blank_copy(page: Page, parent: Parent, title: str, user_id: str, now: float) -> Page:
    """Returns a page with another's properties, and no content yet."""
    return replace(
        page,
        id=str(uuid4()),
        parent=parent,
        cells={**deepcopy(page.cells), page.title_property: title},
        content="",
        created_by=user_id,
        edited_by=user_id,
        created_at=now,
        edited_at=now,
        verified_until=None,
    )


def fill(workspace: Workspace, original: Page, copy: Page) -> None:
    """Puts a page's content into its copy, with copies of the pages and databases below it."""
    below = Parent("page", original.id)
    content = original.content
    for page in [page for page in workspace.pages.values() if page.parent == below]:
        if page.archived or page.id == copy.id:
            continue
        twin = _copy_page(workspace, page, Parent("page", copy.id), copy)
        content = content.replace(page.url, twin.url)
    for database in [one for one in workspace.databases.values() if one.parent == below]:
        content = _copy_database(workspace, database, copy, content)
    copy.content = content


def _copy_page(workspace: Workspace, page: Page, parent: Parent, like: Page) -> Page:
    twin = blank_copy(page, parent, page.title, like.created_by, like.created_at)
    workspace.add(twin)
    fill(workspace, page, twin)
    return twin


def _copy_database(workspace: Workspace, database: Database, page: Page, content: str) -> str:
    """Copies a database into `page` and returns the content with the copy's URLs in it."""
    twin = replace(
        database,
        id=str(uuid4()),
        parent=Parent("page", page.id),
        data_source_ids=[],
        view_ids=[],
        edited_at=page.created_at,
        created_at=page.created_at,
    )
    workspace.databases[twin.id] = twin
    sources: dict[str, str] = {}
    for source_id in database.data_source_ids:
        source = workspace.data_sources[source_id]
        own = source.database_id == database.id
        # A linked database shows a data source that belongs to another: so does its copy.
        sources[source_id] = str(uuid4()) if own else source_id
        twin.data_source_ids.append(sources[source_id])
        if own:
            _copy_source(workspace, source_id, sources[source_id], twin, page)
            content = content.replace(source.url, f"collection://{sources[source_id]}")
    for view_id in database.view_ids:
        view = workspace.views[view_id]
        shown = sources.get(view.data_source_id, view.data_source_id)
        settings = deepcopy(view.settings)
        copied = replace(view, id=str(uuid4()), data_source_id=shown, settings=settings)
        workspace.views[copied.id] = copied
        twin.view_ids.append(copied.id)
    return content.replace(database.url, twin.url)


def _copy_source(
    workspace: Workspace, source_id: str, copy_id: str, database: Database, page: Page
) -> None:
    source = workspace.data_sources[source_id]
    workspace.data_sources[copy_id] = replace(
        source, id=copy_id, database_id=database.id, schema=dict(source.schema), numbered=0
    )
    for row in workspace.rows(source_id):
        _copy_page(workspace, row, Parent("data_source", copy_id), page)
