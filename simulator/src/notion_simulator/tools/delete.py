"""notion-delete-pages.

It exists since the autumn of 2026: one user told of it, nobody has captured its declaration.
"""

from notion_simulator.tools.parents import find_page, remove_child, trash_page
from notion_simulator.tools.tool import OVERWRITES, Arguments, Call, Result, Tool, schema

MAX_PAGES = 20


def delete_pages(call: Call, arguments: Arguments) -> Result:
    """Moves pages, with everything below them, to the trash; none if one of them is not there."""
    pages = [find_page(call, identifier) for identifier in arguments["page_ids"]]
    for page in pages:
        remove_child(call.workspace, page.parent, page)
        trash_page(call.workspace, page)
    deleted = ", ".join(page.id for page in pages)
    return {"result": f"Successfully moved {len(pages)} page(s) to the trash: {deleted}"}


TOOLS = (
    Tool(
        "notion-delete-pages",
        "Delete Notion pages",
        f"Moves up to {MAX_PAGES} pages to the trash, with everything below them.",
        schema(
            {
                "page_ids": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "maxItems": MAX_PAGES,
                }
            },
            ("page_ids",),
        ),
        OVERWRITES,
        delete_pages,
    ),
)
