"""notion-create-view and notion-update-view."""

from dataclasses import replace
from uuid import uuid4

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.parents import append_child
from notion_simulator.tools.tool import ADDS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace.model import (
    Database,
    DataSource,
    Parent,
    Property,
    View,
    canonical_id,
)
from notion_simulator.workspace.statements import StatementError
from notion_simulator.workspace.view_settings import configure

TYPES = (
    "table",
    "board",
    "list",
    "calendar",
    "timeline",
    "gallery",
    "form",
    "chart",
    "map",
    "dashboard",
)


def create_view(call: Call, arguments: Arguments) -> Result:
    """Adds a view to a database, or to a page as a linked database."""
    if ("database_id" in arguments) == ("parent_page_id" in arguments):
        message = "Exactly one of database_id and parent_page_id is required."
        raise invalid(message)
    source = call.workspace.data_sources.get(canonical_id(arguments["data_source_id"]) or "")
    if source is None:
        raise not_found("data source", arguments["data_source_id"])
    view = View(str(uuid4()), arguments["name"], arguments["type"], source.id, tuple(source.schema))
    _configure(view, source.schema, arguments.get("configure", ""))
    database = _place(call, source, arguments)
    call.workspace.views[view.id] = view
    database.view_ids.append(view.id)
    return {"result": f'Created view "{view.name}" ({view.type}) — {view.url}'}


def update_view(call: Call, arguments: Arguments) -> Result:
    """Renames a view or changes its settings."""
    reference: str = arguments["view_id"]
    wanted = reference.rsplit("?v=", maxsplit=1)[-1] if "?v=" in reference else reference
    view = call.workspace.views.get(canonical_id(wanted) or "")
    if view is None:
        raise not_found("view", reference)
    schema_now = call.workspace.data_sources[view.data_source_id].schema
    _configure(view, schema_now, arguments.get("configure", ""))
    view.name = arguments.get("name", view.name)
    return {"result": f'Updated view "{view.name}" — {view.url}'}


def _configure(view: View, columns: dict[str, Property], statements: str) -> None:
    try:
        configure(view, columns, statements)
    except StatementError as error:
        message = f"Invalid configure: {error}"
        raise invalid(message) from error


def _place(call: Call, source: DataSource, arguments: Arguments) -> Database:
    workspace = call.workspace
    if "database_id" in arguments:
        database = workspace.databases.get(canonical_id(arguments["database_id"]) or "")
        if database is None:
            raise not_found("database", arguments["database_id"])
        if source.id not in database.data_source_ids:
            message = "The data source does not belong to this database; use parent_page_id."
            raise invalid(message)
        return database
    page = workspace.pages.get(canonical_id(arguments["parent_page_id"]) or "")
    if page is None:
        raise not_found("page", arguments["parent_page_id"])
    original = workspace.databases[source.database_id]
    linked = replace(
        original,
        id=str(uuid4()),
        parent=Parent("page", page.id),
        data_source_ids=[source.id],
        view_ids=[],
        inline=True,
        created_at=call.now,
        edited_at=call.now,
    )
    workspace.databases[linked.id] = linked
    append_child(workspace, linked.parent, linked)
    return linked


TOOLS = (
    Tool(
        "notion-create-view",
        "Create a database view",
        "Adds a view to a database, or a linked database to a page. Configured in the language of "
        "notion://docs/view-dsl-spec.",
        schema(
            {
                "data_source_id": text("collection://… or UUID"),
                "name": text(),
                "type": {"type": "string", "enum": list(TYPES)},
                "database_id": text("URL or UUID; exclusive with parent_page_id"),
                "parent_page_id": text("URL or UUID; exclusive with database_id"),
                "configure": text("FILTER, SORT BY, GROUP BY, SHOW …"),
            },
            ("data_source_id", "name", "type"),
        ),
        ADDS,
        create_view,
    ),
    Tool(
        "notion-update-view",
        "Update a database view",
        "Renames a view or changes its settings; CLEAR takes a setting back.",
        schema(
            {
                "view_id": text("view://…, a URL with ?v=, or a UUID"),
                "name": text(),
                "configure": text("As for create-view, and CLEAR FILTER, SORT or GROUP BY"),
            },
            ("view_id",),
        ),
        ADDS,
        update_view,
    ),
)
