"""``X-Notion-Grant``: which grant served, in every answer of Notion's."""

from typing import Final

from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.integration.rules.serving import kind_of

GRANT_HEADER: Final = b"x-notion-grant"


def grant_line(grant_id: str) -> bytes:
    """The header as it stands in an answer's head."""
    return b"%b: %b" % (GRANT_HEADER, kind_of(grant_id).encode())


def logged_of(space: Space, grant_id: str) -> str:
    """What the log says of it: nothing in a space whose people all act with the shared one."""
    return "" if space.grants.mode is GrantMode.SHARED else kind_of(grant_id)
