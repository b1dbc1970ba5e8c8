"""notion-duplicate-page.

The copy exists at once and is empty; its content comes a little later, as in
Notion. The async_task by which that can be followed is told where there is a
tool to poll it with.
"""

from notion_simulator.tools.async_tasks import GET_ASYNC_TASK, start
from notion_simulator.tools.parents import append_child, find_page
from notion_simulator.tools.tool import ADDS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace.copying import blank_copy, fill


def duplicate_page(call: Call, arguments: Arguments) -> Result:
    """Copies a page, with everything below it, to the same place."""
    page = find_page(call, arguments["page_id"])
    copy = blank_copy(page, page.parent, f"{page.title} (1)", call.user.id, call.now)
    call.workspace.add(copy)
    append_child(call.workspace, page.parent, copy)
    result = {"page_id": copy.id, "page_url": copy.url}

    def work(later: Call) -> Result:
        fill(later.workspace, page, copy)
        return result

    task = start(call, work)
    return {**result, **task} if call.offers(GET_ASYNC_TASK) else result


TOOLS = (
    Tool(
        "notion-duplicate-page",
        "Duplicate Notion page",
        "Copies a page. The copy fills in the background: fetch it again after a moment.",
        schema({"page_id": text("UUID of the page")}, ("page_id",)),
        ADDS,
        duplicate_page,
    ),
)
