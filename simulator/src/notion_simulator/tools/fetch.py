"""notion-fetch: pages, databases, data sources, views, folders, documents, and who one is."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from notion_simulator.documents import DOCUMENTS
from notion_simulator.tools.errors import not_found
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace import rendering
from notion_simulator.workspace.files import Folder
from notion_simulator.workspace.model import (
    Database,
    DataSource,
    Page,
    View,
    canonical_id,
    iso,
    page_url,
)


def fetch(call: Call, arguments: Arguments) -> Result:
    """Fetches whatever an id, a URL or `self` names."""
    wanted: str = arguments["id"]
    if wanted == "self":
        return _self(call)
    if wanted.startswith("notion://"):
        return _document(wanted)
    identifier = canonical_id(wanted)
    workspace = call.workspace
    if identifier is None:
        raise not_found("page", wanted)
    if wanted.startswith("view://") or identifier in workspace.views:
        return _view(workspace.views.get(identifier), wanted)
    if wanted.startswith("collection://") or identifier in workspace.data_sources:
        return _data_source(call, workspace.data_sources.get(identifier), wanted)
    database = workspace.databases.get(identifier)
    if database is not None:
        return _database(call, database)
    if identifier in workspace.folders:
        return _folder(call, workspace.folders[identifier])
    page = workspace.pages.get(identifier)
    if page is None:
        raise not_found("page", wanted)
    return _page(call, page, arguments)


def _page(call: Call, page: Page, arguments: Arguments) -> Result:
    workspace = call.workspace
    body = rendering.page_text(
        workspace, page, transcript=bool(arguments.get("include_transcript"))
    )
    if arguments.get("include_discussions"):
        body = body.replace("<properties>", f"{_discussions(call, page)}\n<properties>", 1)
    result: Result = {
        "metadata": {"type": "skill" if page.is_skill else "page"},
        "title": page.title,
        "url": f"{page.url}?pvs=204",
        "icon": {"type": "emoji", "emoji": page.icon} if page.icon else None,
        "cover": {"type": "external", "external": {"url": page.cover}} if page.cover else None,
        "path": rendering.title_path(workspace, page.parent),
        "page_last_edited_at": iso(page.edited_at),
        "text": body,
    }
    if page.archived:
        result["is_archived"] = True
    return result


def _discussions(call: Call, page: Page) -> str:
    found = [d for d in call.workspace.discussions.values() if d.page_id == page.id]
    lines = [
        f"<discussion url={quoteattr(d.url)} comment-count={quoteattr(str(len(d.comments)))} "
        f'resolved="{str(d.resolved).lower()}">'
        f"{escape(d.text_context or '')}</discussion>"
        for d in found
    ]
    return "\n".join(
        [f'<page-discussions total-count="{len(found)}">', *lines, "</page-discussions>"]
    )


def _database(call: Call, database: Database) -> Result:
    return {
        "metadata": {"type": "database"},
        "title": database.title,
        "url": f"{database.url}?pvs=204",
        "text": rendering.database_text(call.workspace, database),
    }


def _data_source(call: Call, source: DataSource | None, wanted: str) -> Result:
    if source is None:
        raise not_found("data source", wanted)
    return {
        "metadata": {"type": "data_source"},
        "title": source.name,
        "url": source.url,
        "text": rendering.data_source_text(call.workspace, source),
    }


def _view(view: View | None, wanted: str) -> Result:
    if view is None:
        raise not_found("view", wanted)
    return {
        "metadata": {"type": "view"},
        "title": view.name,
        "url": view.url,
        "text": rendering.view_element(view),
    }


def _folder(call: Call, folder: Folder) -> Result:
    return {
        "metadata": {"type": "folder"},
        "title": folder.title,
        "url": page_url(folder.id),
        "text": rendering.folder_element(call.workspace, folder),
    }


def _document(wanted: str) -> Result:
    document = DOCUMENTS.get(wanted)
    if document is None:
        raise not_found("document", wanted)
    return {
        "metadata": {"type": "page"},
        "title": document.title,
        "url": document.uri,
        "text": document.text,
    }


def _self(call: Call) -> Result:
    user = call.user
    person: dict[str, Any] = {"id": user.id, "name": user.name, "type": user.type}
    if user.email is not None:
        person["email"] = user.email
    workspace = call.workspace
    return {
        "metadata": {"type": "self"},
        "title": workspace.name,
        "url": "",
        "text": f"Connected to the workspace {workspace.name} as {user.name}.",
        "self": {
            "workspace": {"id": workspace.id, "name": workspace.name},
            "user": person,
            "current_tool_access": call.access,
        },
    }


TOOLS = (
    Tool(
        "notion-fetch",
        "Fetch Notion entities",
        "Fetches a page, database, data source or view by URL or id, a document by its notion:// "
        'URI, or with the id "self" the connected user, workspace and available tools.',
        schema(
            {
                "id": text("URL, UUID, collection://…, view://…, notion://docs/… or self"),
                "include_transcript": {"type": "boolean"},
                "include_discussions": {"type": "boolean"},
            },
            ("id",),
        ),
        READS,
        fetch,
    ),
)
