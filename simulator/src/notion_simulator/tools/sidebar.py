"""notion-list-private-pages, -shared-, -favorite- and -recent-pages.

Private is what lies at the top of the workspace and is not shared, recent is
what was edited last, for nobody visits the simulator. A page of results has 15
unless `limit` says otherwise, which fits the only cursor that was captured.
"""

from collections.abc import Callable
from typing import Any

from notion_simulator.tools.errors import invalid
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, exactly, text
from notion_simulator.workspace.model import Database, Page

DEFAULT_LIMIT = 15
Item = Page | Database
PAGING = {
    "limit": {"type": "number", "minimum": 1, "maximum": 200},
    "cursor": text("nextCursor of the answer before"),
}


def list_private_pages(call: Call, arguments: Arguments) -> Result:
    """The top of the workspace, as far as it is not shared."""
    shared = set(call.workspace.shared)
    top = [item for item in _everything(call) if item.parent.kind == "workspace"]
    return _listed([item for item in top if item.id not in shared], arguments)


def list_shared_pages(call: Call, arguments: Arguments) -> Result:
    """What others have shared with the user or the user with others."""
    return _listed(_by_id(call, call.workspace.shared), arguments)


def list_favorite_pages(call: Call, arguments: Arguments) -> Result:
    """The favorites in the order of the sidebar."""
    return _listed(_by_id(call, call.workspace.favorites), arguments)


def list_recent_pages(call: Call, arguments: Arguments) -> Result:
    """Everything, what was edited last first, with icons."""
    latest = sorted(_everything(call), key=lambda item: item.edited_at, reverse=True)
    return _listed(latest, arguments, icons=True)


def cursor_offset(cursor: str | None) -> int:
    """Returns where a list goes on; an `offset:` cursor that was not handed out is an error."""
    if cursor is None:
        return 0
    digits = cursor.removeprefix("offset:")
    if not digits.isdecimal():
        message = f"Invalid cursor: {cursor}"
        raise invalid(message)
    return int(digits)


def _listed(items: list[Item], arguments: Arguments, *, icons: bool = False) -> Result:
    start = cursor_offset(arguments.get("cursor"))
    end = start + int(arguments.get("limit", DEFAULT_LIMIT))
    result: Result = {"results": [_entry(item, icons=icons) for item in items[start:end]]}
    if end < len(items):
        result["nextCursor"] = f"offset:{end}"
    return result


def _entry(item: Item, *, icons: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "page" if isinstance(item, Page) else "database",
        "url": item.url,
        "title": item.title,
    }
    if icons and item.icon:
        entry["icon"] = item.icon
    return entry


def _everything(call: Call) -> list[Item]:
    pages = [page for page in call.workspace.pages.values() if not page.archived]
    return [*pages, *call.workspace.databases.values()]


def _by_id(call: Call, identifiers: list[str]) -> list[Item]:
    known = {item.id: item for item in _everything(call)}
    return [known[identifier] for identifier in identifiers if identifier in known]


def _tool(section: str, run: Callable[[Call, Arguments], Result], description: str) -> Tool:
    name, title = f"notion-list-{section}-pages", f"List {section} pages"
    return Tool(name, title, description, exactly(PAGING), READS, run)


TOOLS = (
    _tool("private", list_private_pages, "Lists the user's private pages and databases."),
    _tool("shared", list_shared_pages, "Lists the pages and databases that are shared."),
    _tool("favorite", list_favorite_pages, "Lists the user's favorites in their order."),
    _tool("recent", list_recent_pages, "Lists pages and databases, the latest first."),
)
