"""Pages and databases as the text `notion-fetch` answers with."""

import json
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from notion_simulator.workspace.cells import UNSELECTABLE_TYPES, cell_columns
from notion_simulator.workspace.files import Folder
from notion_simulator.workspace.model import (
    Database,
    DataSource,
    Meeting,
    Page,
    Parent,
    Property,
    View,
    Workspace,
    canonical_id,
    iso,
    page_url,
)
from notion_simulator.workspace.tables import create_table

CHILD = re.compile(r'<(page|database) url="([^"]+)"([^>]*)>([^<]*)</\1>')


def page_text(workspace: Workspace, page: Page, *, transcript: bool = False) -> str:
    """Returns a page in Notion's layout, its children under their present titles."""
    icon = f" icon={quoteattr(page.icon)}" if page.icon else ""
    notes = meeting_notes(page, page.meeting, transcript=transcript) if page.meeting else ""
    content = with_present_titles(workspace, "\n".join(filter(None, [notes, page.content])))
    body = f"<content>\n{content}\n</content>" if content else "<blank-page>\n</blank-page>"
    properties = json.dumps(page_properties(workspace, page), ensure_ascii=False)
    return "\n".join(
        [
            heading("Page", page.url, page.edited_at),
            f"<page url={quoteattr(page.url)}{icon}>",
            *ancestor_path(workspace, page.parent),
            "<properties>",
            properties,
            "</properties>",
            body,
            "</page>",
        ]
    )


def meeting_notes(page: Page, meeting: Meeting, *, transcript: bool) -> str:
    """Returns the block of meeting notes; without the transcript, the URL it can be had from."""
    people = "".join(f'<mention-user url="user://{user_id}"/>' for user_id in meeting.attendees)
    spoken = escape(meeting.transcript) if transcript else f"Omitted. Fetch {page.url} with it."
    return "\n".join(
        [
            "<meeting-notes>",
            f"\t<attendees>{people}</attendees>",
            f"\t<summary>{escape(meeting.summary)}</summary>",
            f"\t<transcript>{spoken}</transcript>",
            "</meeting-notes>",
        ]
    )


def folder_element(workspace: Workspace, folder: Folder) -> str:
    """Returns `<folder>` with the files and folders directly in it."""
    files = [workspace.files[file_id] for file_id in folder.file_ids]
    inside = [child for child in workspace.folders.values() if child.folder_id == folder.id]
    return "\n".join(
        [
            f"<folder url={quoteattr(page_url(folder.id))} title={quoteattr(folder.title)}>",
            *(f"\t<file src={quoteattr(f.url)}>{escape(f.filename)}</file>" for f in files),
            *(
                f"\t<folder url={quoteattr(page_url(child.id))} title={quoteattr(child.title)}/>"
                for child in inside
            ),
            "</folder>",
        ]
    )


def heading(kind: str, url: str, edited_at: float) -> str:
    """Returns the first line of a fetched text."""
    return f'Here is the result of "fetch" for the {kind} with URL {url} as of {iso(edited_at)}:'


def page_properties(workspace: Workspace, page: Page) -> dict[str, Any]:
    """Returns a page's properties as fetch shows them; a row has all its columns and its URL."""
    source = workspace.resolve(page.parent)
    if not isinstance(source, DataSource):
        return {"title": page.title}
    columns: dict[str, Any] = {}
    for name, column in source.schema.items():
        columns |= cell_columns(name, column, page)
    return {name: value for name, value in columns.items() if value is not None} | {"url": page.url}


def ancestor_path(workspace: Workspace, parent: Parent) -> list[str]:
    """Returns the lines of `<ancestor-path>`, nearest first."""
    lines = ["<ancestor-path>"]
    for depth, ancestor in enumerate(workspace.ancestors(parent), start=1):
        prefix = "parent" if depth == 1 else f"ancestor-{depth}"
        match ancestor:
            case DataSource():
                kind, name, label = "data-source", ancestor.name, "name"
            case Database():
                kind, name, label = "database", ancestor.title, "title"
            case Page():
                kind, name, label = "page", ancestor.title, "title"
        lines.append(f"<{prefix}-{kind} url={quoteattr(ancestor.url)} {label}={quoteattr(name)}/>")
    return [*lines, "</ancestor-path>"]


def title_path(workspace: Workspace, parent: Parent) -> str:
    """Returns the titles above something as `A / B`, outermost first."""
    titles = [a.title for a in workspace.ancestors(parent) if not isinstance(a, DataSource)]
    return " / ".join(reversed(titles))


def with_present_titles(workspace: Workspace, content: str) -> str:
    """Returns content with each child's tag showing the title the child has now."""

    def retitle(match: re.Match[str]) -> str:
        kind, url, rest, title = match.groups()
        identifier = canonical_id(url) or ""
        child = workspace.pages.get(identifier) or workspace.databases.get(identifier)
        return f'<{kind} url="{url}"{rest}>{child.title if child else title}</{kind}>'

    return CHILD.sub(retitle, content)


def database_text(workspace: Workspace, database: Database) -> str:
    """Returns a database as fetch shows it."""
    first = heading("Database", database.url, database.edited_at)
    return f"{first}\n{database_element(workspace, database)}"


def database_element(workspace: Workspace, database: Database) -> str:
    """Returns `<database>` with data sources and views; `{{…}}` around URLs is Notion's."""
    icon = f" icon={quoteattr(database.icon)}" if database.icon else ""
    inline = " inline" if database.inline else ""
    sources = [workspace.data_sources[source_id] for source_id in database.data_source_ids]
    views = [workspace.views[view_id] for view_id in database.view_ids]
    return "\n".join(
        [
            f'<database url="{{{{{database.url}}}}}"{inline}{icon}>',
            f"The title of this Database is: {database.title}",
            *ancestor_path(workspace, database.parent),
            "Here are the Database's Data Sources:",
            "<data-sources>",
            *(data_source_element(source) for source in sources),
            "</data-sources>",
            "<views>",
            *(view_element(view) for view in views),
            "</views>",
            "</database>",
        ]
    )


def data_source_text(workspace: Workspace, source: DataSource) -> str:
    """Returns a data source by itself."""
    path = ancestor_path(workspace, Parent("database", source.database_id))
    return "\n".join(
        [
            f'Here is the result of "fetch" for the Data Source with URL {source.url}:',
            *path,
            data_source_element(source),
        ]
    )


def data_source_element(source: DataSource) -> str:
    """Returns `<data-source>` with its state, its SQLite table and its templates."""
    state: dict[str, Any] = {
        "name": source.name,
        "url": source.url,
        **({"description": source.description} if source.description else {}),
        "schema": {
            name: _property_state(source, name, column) for name, column in source.schema.items()
        },
    }
    unselectable = [
        name for name, column in source.schema.items() if column.type in UNSELECTABLE_TYPES
    ]
    if unselectable:
        state["notAvailableInQuerySql"] = unselectable
    return "\n".join(
        [
            f'<data-source url="{{{{{source.url}}}}}">',
            f"<data-source-state>\n{json.dumps(state, ensure_ascii=False)}\n</data-source-state>",
            f"<sqlite-table>\n{create_table(source)}\n</sqlite-table>",
            "</data-source>",
        ]
    )


def view_element(view: View) -> str:
    """Returns `<view>` with the view's state as JSON."""
    state: dict[str, Any] = {
        "name": view.name,
        "type": view.type,
        "dataSourceUrl": f"collection://{view.data_source_id}",
        "displayProperties": list(view.display_properties),
    }
    for key, value in view.settings.items():
        # Notion shows one condition by itself, and groups of them, under different names.
        simple = key == "filter" and "filters" not in value
        advanced = "advancedFilter" if key == "filter" else key
        state["simpleFilters" if simple else advanced] = [value] if simple else value
    return f'<view url="{{{{{view.url}}}}}">\n{json.dumps(state, ensure_ascii=False)}\n</view>'


def _property_state(source: DataSource, name: str, column: Property) -> dict[str, Any]:
    state: dict[str, Any] = {"name": name, "type": column.type}
    if column.description:
        state["description"] = column.description
    options = [
        {
            "name": option.name,
            "color": option.color,
            "url": f"collectionPropertyOption://{source.id}/{name}/{option.name}".replace(
                " ", "%20"
            ),
        }
        for option in column.options
    ]
    if column.type == "status":
        groups = ("to_do", "in_progress", "complete")
        state["groups"] = {
            group: [
                described
                for described, option in zip(options, column.options, strict=True)
                if option.group == group
            ]
            for group in groups
        }
    elif options:
        state["options"] = options
    if column.number_format is not None:
        state["numberFormat"] = column.number_format
    if column.related is not None:
        state["dataSourceUrl"] = f"collection://{column.related}"
        if column.twin is not None:
            state["twin"] = column.twin
    if column.formula is not None:
        state["formula"] = column.formula
    if column.rollup is not None:
        state["relation"], state["target"], state["function"] = column.rollup
    if column.prefix is not None:
        state["prefix"] = column.prefix
    return state
