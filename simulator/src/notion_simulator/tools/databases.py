"""notion-create-database and notion-update-data-source."""

from typing import Any
from uuid import uuid4

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.parents import append_child, find_parent, trash_source
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
from notion_simulator.workspace.columns import (
    TYPED_DATABASES,
    AddColumn,
    AlterColumn,
    read_changes,
    read_table,
)
from notion_simulator.workspace.model import (
    Database,
    DataSource,
    Property,
    View,
    canonical_id,
)
from notion_simulator.workspace.rendering import data_source_element, database_element
from notion_simulator.workspace.schema_changes import apply, check, set_column
from notion_simulator.workspace.statements import StatementError


def create_database(call: Call, arguments: Arguments) -> Result:
    """Creates a database with one data source and one table view."""
    if ("schema" in arguments) == ("database_type" in arguments):
        message = "Exactly one of schema and database_type is required."
        raise invalid(message)
    kind = arguments.get("database_type")
    try:
        columns = read_table(arguments["schema"] if kind is None else TYPED_DATABASES[kind])
    except StatementError as error:
        message = f"Invalid schema: {error}"
        raise invalid(message) from error
    parent = find_parent(call.workspace, arguments.get("parent"))
    for column in columns.values():
        _check_related(call, column)
    title = arguments.get("title", "")
    source = DataSource(str(uuid4()), str(uuid4()), title, {}, arguments.get("description", ""))
    view = View(str(uuid4()), "Default view", "table", source.id, tuple(columns))
    database = Database(
        id=source.database_id,
        title=title,
        parent=parent,
        data_source_ids=[source.id],
        view_ids=[view.id],
        edited_at=call.now,
        created_at=call.now,
    )
    call.workspace.data_sources[source.id] = source
    for name, column in columns.items():
        set_column(call.workspace, source, name, column)
    call.workspace.views[view.id] = view
    call.workspace.databases[database.id] = database
    append_child(call.workspace, parent, database)
    return {"result": f"Created database: {database_element(call.workspace, database)}"}


def update_data_source(call: Call, arguments: Arguments) -> Result:
    """Changes columns, title, description or place; nothing changes if a statement is wrong."""
    source = _find(call, arguments["data_source_id"])
    if arguments.get("in_trash"):
        trash_source(call.workspace, source)
        return {"result": f"Updated data source: {source.url} is in the trash."}
    try:
        changes = read_changes(arguments.get("statements", ""))
        check(source, changes)
    except StatementError as error:
        message = f"Invalid statements: {error}"
        raise invalid(message) from error
    for change in changes:
        if isinstance(change, AddColumn | AlterColumn):
            _check_related(call, change.column)
    database = call.workspace.databases[source.database_id]
    if "is_inline" in arguments and len(database.data_source_ids) != 1:
        message = "is_inline applies only to databases with a single data source."
        raise invalid(message)
    apply(call.workspace, source, changes)
    source.name = arguments.get("title", source.name)
    if len(database.data_source_ids) == 1:
        database.title = arguments.get("title", database.title)
    source.description = arguments.get("description", source.description)
    database.inline = arguments.get("is_inline", database.inline)
    database.edited_at = call.now
    return {"result": f"Updated data source: {data_source_element(source)}"}


def _find(call: Call, reference: str) -> DataSource:
    identifier = canonical_id(reference) or ""
    database = call.workspace.databases.get(identifier)
    if database is not None:
        if len(database.data_source_ids) != 1:
            message = "The database has several data sources; use the id of one of them."
            raise invalid(message)
        identifier = database.data_source_ids[0]
    source = call.workspace.data_sources.get(identifier)
    if source is None:
        raise not_found("data source", reference)
    return source


def _check_related(call: Call, column: Property) -> None:
    if column.related is not None:
        related = canonical_id(column.related)
        if related not in call.workspace.data_sources:
            raise not_found("data source", column.related)


PARENT: dict[str, Any] = {
    "type": "object",
    "properties": {"page_id": {"type": "string"}, "type": {"const": "page_id"}},
    "required": ["page_id"],
    "additionalProperties": {},
}

TOOLS = (
    Tool(
        "notion-create-database",
        "Create Notion database",
        "Creates a database from a CREATE TABLE statement with Notion's column types, or a "
        "ready-made one for tasks, projects or skills.",
        schema(
            {
                "schema": text("CREATE TABLE; exclusive with database_type"),
                "database_type": {"type": "string", "enum": list(TYPED_DATABASES)},
                "parent": PARENT,
                "title": text(),
                "description": text(),
            }
        ),
        ADDS,
        create_database,
    ),
    Tool(
        "notion-update-data-source",
        "Update Notion data source",
        "Changes a data source: ADD, DROP, RENAME and ALTER COLUMN statements, title, "
        "description, inline display, trash.",
        schema(
            {
                "data_source_id": text("collection://…, UUID, or a single-source database"),
                "statements": text("Semicolon-separated"),
                "title": text(),
                "description": text(),
                "is_inline": {"type": "boolean"},
                "in_trash": {"type": "boolean"},
            },
            ("data_source_id",),
        ),
        OVERWRITES,
        update_data_source,
    ),
)
