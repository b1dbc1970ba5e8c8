"""notion-query-meeting-notes.

Looks at the notes the user made or attended, as Notion does by default. The
rows have the filterable properties and the page's URL; the envelope around
them is Notion's, the names of the columns are not captured.
"""

import json
from typing import Any

from notion_simulator.tools.errors import invalid
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, schema
from notion_simulator.workspace.conditions import Asker, plain
from notion_simulator.workspace.filters import FilterError, passes
from notion_simulator.workspace.model import Meeting, Page, Property, iso

MAX_ROWS = 50
COLUMNS = {
    "title": Property("title"),
    "attendees": Property("person"),
    "created_by": Property("person"),
    "last_edited_by": Property("person"),
    "created_time": Property("created_time"),
    "last_edited_time": Property("last_edited_time"),
}
LEAF = {
    "type": "object",
    "properties": {
        "property": {"enum": [*COLUMNS, "notion://meeting_notes/attendees"]},
        "filter": {
            "type": "object",
            "properties": {"operator": {"type": "string"}, "value": {}},
            "required": ["operator"],
            "additionalProperties": {},
        },
    },
    "required": ["property", "filter"],
    "additionalProperties": {},
}


def _group(items: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "operator": {"enum": ["and", "or"]},
            "filters": {"type": "array", "items": items},
        },
        "required": ["operator"],
        "additionalProperties": {},
    }


FILTER = _group({"anyOf": [LEAF, _group(LEAF)]})


def query_meeting_notes(call: Call, arguments: Arguments) -> Result:
    """Returns the user's meeting notes that pass the filter, newest first."""
    me = call.user.id
    notes = [
        (page, _row(page, page.meeting))
        for page in call.workspace.pages.values()
        if page.meeting is not None
        and not page.archived
        and me in {page.created_by, *page.meeting.attendees}
    ]
    try:
        wanted = _wanted(arguments.get("filter"), Asker(me, call.now))
        found = [(page, row) for page, row in notes if passes(COLUMNS, row, wanted)]
    except (FilterError, KeyError, TypeError, ValueError) as error:
        message = f"The filter cannot be understood: {error}"
        raise invalid(message) from error
    found.sort(key=lambda pair: pair[0].created_at, reverse=True)
    rows = [{"id": page.id, "url": page.url, **row} for page, row in found]
    return {"results": rows[:MAX_ROWS], "has_more": len(rows) > MAX_ROWS}


def _wanted(given: dict[str, Any] | None, asker: Asker) -> dict[str, Any] | None:
    if not given or not given.get("filters"):
        return None
    short = json.loads(json.dumps(given).replace("notion://meeting_notes/attendees", "attendees"))
    return plain(short, COLUMNS, asker)


def _row(page: Page, meeting: Meeting) -> dict[str, Any]:
    return {
        "title": page.title,
        "attendees": json.dumps([f"user://{user_id}" for user_id in meeting.attendees]),
        "created_by": json.dumps([f"user://{page.created_by}"]),
        "last_edited_by": json.dumps([f"user://{page.edited_by}"]),
        "created_time": iso(page.created_at),
        "last_edited_time": iso(page.edited_at),
    }


TOOLS = (
    Tool(
        "notion-query-meeting-notes",
        "Query meeting notes",
        "Finds the user's meeting notes by title, attendees, and when and by whom they were made.",
        schema({"filter": FILTER}),
        READS,
        query_meeting_notes,
    ),
)
