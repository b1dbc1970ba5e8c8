"""``X-Notion-Grant``: which grant served, said where a space may have more than one."""

from typing import Final

from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.integration.rules.serving import kind_of

GRANT_HEADER: Final = b"x-notion-grant"


def said_of(space: Space, grant_id: str) -> str:
    """``shared`` or ``personal``; empty in a space whose people all act with the shared one."""
    return "" if space.grants.mode is GrantMode.SHARED else kind_of(grant_id)
