"""Which tools write, by their names: what may have changed a page."""

from typing import Final

from notion_gateway.access.rules.tool_limits import READING_TOOLS

_PREFIX: Final = "notion-"

ONLY_READING: Final = READING_TOOLS | {one.removeprefix(_PREFIX) for one in READING_TOOLS}
"""In both spellings that callers use. Any other tool is taken to write, also one that nobody
knows."""
