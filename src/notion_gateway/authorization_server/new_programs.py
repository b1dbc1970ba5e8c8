"""What owners say of any program that they let into a space."""

from pydantic import BaseModel, Field

from notion_gateway.access.gateway_tokens import MAX_NAME_CHARACTERS, MAX_TOOLS, TokenWish
from notion_gateway.access.rules.gateway_tokens import MAX_LIFETIME_DAYS
from notion_gateway.access.rules.space import Space
from notion_gateway.access.token_routes import ToolName
from notion_gateway.kernel.errors import InvalidRequest


class NewProgram(BaseModel):
    name: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)
    expires_in_days: int = Field(default=90, ge=1, le=MAX_LIFETIME_DAYS)
    read_only: bool = False
    tools: list[ToolName] | None = Field(default=None, min_length=1, max_length=MAX_TOOLS)

    def wish(self, space: Space) -> TokenWish:
        """Raises InvalidRequest for a space of which only an application knows the members."""
        if not space.exists:
            raise InvalidRequest(
                "An application looks after this space's members: it has no machines."
            )
        return TokenWish(
            name=self.name,
            expires_in_days=self.expires_in_days,
            read_only=self.read_only,
            tools=None if self.tools is None else frozenset(self.tools),
        )
