"""Settings about Notion, and about the OAuth client that this gateway is there."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from notion_gateway.kernel.addresses import literal_allowed
from notion_gateway.kernel.client_authentication import AuthMethod
from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.web_address import WebAddress

CALLBACK_PATH = "/integrations/notion/mcp/oauth/callback"
MAX_STATE_TTL_SECONDS = 600


class NotionSettings(SettingsGroup):
    """Notion's address, this gateway's client there, and how long to wait."""

    notion_mcp_url: WebAddress = Field(
        default="https://mcp.notion.com/mcp",
        description="Notion's MCP endpoint; every OAuth endpoint is discovered from it.",
    )
    notion_mcp_client_id: str | None = Field(
        default=None,
        description="A registered client. Without it one is registered for each consent.",
    )
    notion_mcp_client_secret: SecretStr | None = Field(
        default=None, description="The configured client's secret, where it has one."
    )
    notion_mcp_token_auth_method: AuthMethod | None = Field(
        default=None,
        description="none, client_secret_post or client_secret_basic. Default: post with a"
        " configured secret, none without.",
    )
    notion_mcp_client_registration: Literal["auto", "dynamic"] = Field(
        default="auto",
        description="auto: client-id metadata documents where the redirect URI is public and"
        " Notion reads them, dynamic registration elsewhere. dynamic: always the latter.",
    )
    notion_mcp_token_scope: str | None = Field(
        default=None,
        description="Scope to ask for. Default: what Notion's metadata says, else none.",
    )
    notion_mcp_oauth_redirect_uri: WebAddress = Field(
        default=f"http://localhost:8000{CALLBACK_PATH}",
        description="Where Notion sends the browser back: this gateway's callback.",
    )
    notion_mcp_return_base_url: WebAddress | None = Field(
        default=None,
        description="The site the browser ends on. Default: the redirect URI's own origin, where"
        " the gateway has a plain page of its own.",
    )
    notion_mcp_state_ttl_seconds: Annotated[int, Field(ge=10, le=MAX_STATE_TTL_SECONDS)] = Field(
        default=MAX_STATE_TTL_SECONDS, description="How long a consent may take, at most 600."
    )
    notion_mcp_refresh_margin_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=60.0, description="How long before its expiry an access token is renewed."
    )
    notion_mcp_look_hours: Annotated[int, Field(ge=0, le=720)] = Field(
        default=24,
        description="Within how many hours the gateway notices by itself that [a grant was revoked"
        " at Notion](notices.md#a-grant-that-was-revoked). 0: when somebody calls.",
    )
    notion_mcp_call_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=120.0,
        description="How long to wait for an answer's headers; an open stream lasts as long as"
        " the token it was opened with.",
    )
    notion_mcp_list_seconds: Annotated[float, Field(ge=0, le=300)] = Field(
        default=0.0,
        description="How long tools/list and the like are answered from memory where Notion does"
        " not say so itself (ttlMs). 0: only where it does.",
    )
    notion_mcp_list_bytes: Annotated[int, Field(ge=0)] = Field(
        default=32 * 1024 * 1024,
        description="Memory for such lists, per replica. 0: Notion is asked each time.",
    )
    notion_mcp_budget_wait_seconds: Annotated[float, Field(ge=0, le=600)] = Field(
        default=30.0,
        description="How long a call waits for its turn once Notion has refused calls of its space"
        " for their number. 0: none waits, and Notion's refusals go on as they are.",
    )
    notion_mcp_budget_waiting_calls: Annotated[int, Field(ge=1)] = Field(
        default=200, description="Calls of one space that wait so at a time, per process."
    )
    notion_mcp_budget_window_seconds: Annotated[float, Field(ge=1, le=3600)] = Field(
        default=60.0,
        description="The time that Notion's limit is for. Notion's documents say a minute.",
    )
    notion_mcp_allow_private_addresses: bool = Field(
        default=False, description="Accept a NOTION_MCP_URL that resolves to a private address."
    )
    notion_version: str | None = Field(
        default=None,
        description="Notion-Version for every upstream request. Default: sent on none.",
    )

    @field_validator("notion_mcp_oauth_redirect_uri")
    @classmethod
    def _is_the_callback(cls, value: str) -> str:
        if urlsplit(value).path != CALLBACK_PATH:
            raise ValueError(f"must end in {CALLBACK_PATH}")
        return value

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        allow = self.notion_mcp_allow_private_addresses
        if not literal_allowed(self.notion_mcp_url, allow_private=allow):
            raise ValueError(
                "NOTION_MCP_URL is a private address;"
                " set NOTION_MCP_ALLOW_PRIVATE_ADDRESSES=1 if that is meant"
            )
        return self

    @model_validator(mode="after")
    def _check_client(self) -> Self:
        method = self.notion_mcp_token_auth_method
        if self.notion_mcp_client_id is None:
            if self.notion_mcp_client_secret is not None:
                raise ValueError("NOTION_MCP_CLIENT_SECRET needs NOTION_MCP_CLIENT_ID")
        elif self.notion_mcp_client_secret is None:
            if method not in (None, "none"):
                raise ValueError(
                    f"NOTION_MCP_TOKEN_AUTH_METHOD={method} needs NOTION_MCP_CLIENT_SECRET"
                )
        elif method == "none":
            raise ValueError("NOTION_MCP_TOKEN_AUTH_METHOD=none leaves the client secret unused")
        return self
