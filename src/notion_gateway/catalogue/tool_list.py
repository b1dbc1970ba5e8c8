"""Asks Notion which tools there are: all pages of ``tools/list``, within bounds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

from pydantic import BaseModel, Field, ValidationError

from notion_gateway.catalogue.rules.tools import (
    MAX_TOOLS,
    ListUnusable,
    LookFailure,
    Tool,
    read_tools,
)
from notion_gateway.integration.notion_session import NotionSession
from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.secret import Secret

if TYPE_CHECKING:
    from mcp import Client

MAX_PAGES: Final = 50


class _Page(BaseModel):
    """``tools`` as Notion wrote them: the client's own classes know no members of later versions,
    and the client leaves out tools that it would not call itself.
    """

    tools: list[Any]
    next_cursor: str | None = Field(default=None, alias="nextCursor")


@final
@dataclass(frozen=True, slots=True)
class ToolList:
    session: NotionSession

    async def read(self, access_token: Secret) -> tuple[Tool, ...]:
        """Raises ListUnusable."""
        try:
            listed = await self.session.use(access_token, _listed)
        except UpstreamTimeout:
            raise ListUnusable(LookFailure.TIMED_OUT) from None
        except UpstreamUnsuitable:
            raise ListUnusable(LookFailure.TOO_LARGE) from None
        except UpstreamUnreachable:
            raise ListUnusable(LookFailure.UNREACHABLE) from None
        if isinstance(listed, LookFailure):
            raise ListUnusable(listed)
        return read_tools(listed)


async def _listed(client: "Client") -> list[object] | LookFailure:
    from mcp.types import ListToolsRequest, PaginatedRequestParams

    listed: list[object] = []
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        asked = ListToolsRequest(params=PaginatedRequestParams(cursor=cursor))
        try:
            page = await client.session.send_request(asked, _Page)
        except ValidationError:
            return LookFailure.UNCLEAR
        listed += page.tools
        if page.next_cursor is None:
            return listed
        if page.next_cursor == cursor:
            return LookFailure.UNCLEAR
        if len(listed) > MAX_TOOLS:
            break
        cursor = page.next_cursor
    return LookFailure.TOO_LARGE
