"""Which calls may have changed something: by their tools' names, and whether they went on."""

from typing import Final

from notion_gateway.access.rules.tool_limits import READING_TOOLS
from notion_gateway.audit.rules.entry import Entry, Kind

_PREFIX: Final = "notion-"

ONLY_READING: Final = READING_TOOLS | {one.removeprefix(_PREFIX) for one in READING_TOOLS}
"""In both spellings that callers use. Any other tool is taken to write, also one that nobody
knows, and none: of a body that nobody could read, or of several calls that are one entry. What it
says of a call stands beside the call's pages (``audit_pages.writes``): a tool that is taken out of
it wants a migration that empties that of the tool's calls, to be filled in anew.
"""


def may_have_changed(entry: Entry) -> bool:
    """``questions.CHANGING`` is the same in SQL."""
    went = entry.kind is Kind.CALL and not entry.reason
    return went and entry.tool not in ONLY_READING
