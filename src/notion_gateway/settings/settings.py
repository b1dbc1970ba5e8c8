"""Settings from the environment or a ``.env`` file; combinations that make no sense are refused."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from notion_gateway.kernel.addresses import is_loopback_name, literal_allowed
from notion_gateway.kernel.client_authentication import AuthMethod
from notion_gateway.kernel.outbound.messages import origin_of
from notion_gateway.settings.access import IdentitySettings

CALLBACK_PATH = "/integrations/notion/mcp/oauth/callback"
MAX_STATE_TTL_SECONDS = 600


class ConfigurationError(Exception):
    """The settings do not go together; the message names the variables."""


class Settings(IdentitySettings):
    """Each field's description is its documentation; ``docs/configuration.md`` repeats it."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", hide_input_in_errors=True, populate_by_name=True
    )

    # --- Notion ---
    notion_mcp_url: str = Field(
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
    notion_mcp_oauth_redirect_uri: str = Field(
        default=f"http://localhost:8000{CALLBACK_PATH}",
        description="Where Notion sends the browser back: this gateway's callback.",
    )
    notion_mcp_return_base_url: str | None = Field(
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
    notion_mcp_call_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=120.0,
        description="How long to wait for an answer's headers; an open stream has no limit.",
    )
    notion_mcp_allow_private_addresses: bool = Field(
        default=False, description="Accept a NOTION_MCP_URL that resolves to a private address."
    )
    notion_version: str | None = Field(
        default=None,
        description="Notion-Version for every upstream request. Default: sent on none.",
    )

    # --- this gateway ---
    gateway_data_dir: Path = Field(
        default_factory=lambda: user_data_path("notion-mcp-gateway"),
        description="Where the SQLite file and the key file lie.",
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL. Default: SQLite in the data folder."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis for consents under way. Default: they are kept in the database.",
    )
    token_encryption_keys: SecretStr | None = Field(
        default=None,
        description="id:base64 pairs, newest first. Default: a key file in the data folder.",
    )
    gateway_trust_headers: bool = Field(
        default=False, description="Believe X-User-ID and X-Space-ID. Development on loopback only."
    )
    gateway_max_request_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=4 * 1024 * 1024, description="Largest request body that is forwarded."
    )
    gateway_log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console on a terminal, JSON lines elsewhere."
    )
    gateway_log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe level that is logged."
    )

    @field_validator(
        "notion_mcp_client_id",
        "notion_mcp_client_secret",
        "database_url",
        "redis_url",
        "token_encryption_keys",
        "notion_mcp_return_base_url",
        "notion_version",
        "notion_mcp_token_scope",
        "notion_mcp_token_auth_method",
        "gateway_public_url",
        "gateway_audience",
        "gateway_applications_file",
        "gateway_oidc_issuer",
        "gateway_oidc_audience",
        "gateway_oidc_client_id",
        "gateway_oidc_client_secret",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        """``NAME=`` in an .env file means that nobody set it."""
        return None if value == "" else value

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        self._check_notion_url()
        for name in (
            "notion_mcp_oauth_redirect_uri",
            "notion_mcp_return_base_url",
            "gateway_public_url",
            "gateway_oidc_issuer",
        ):
            value: str | None = getattr(self, name)
            if value is not None:
                _require_web_address(value, name)
        if urlsplit(self.notion_mcp_oauth_redirect_uri).path != CALLBACK_PATH:
            raise ValueError(f"NOTION_MCP_OAUTH_REDIRECT_URI must end in {CALLBACK_PATH}")
        self._check_client()
        return self

    def _check_notion_url(self) -> None:
        _require_web_address(self.notion_mcp_url, "notion_mcp_url")
        allow = self.notion_mcp_allow_private_addresses
        if not literal_allowed(self.notion_mcp_url, allow_private=allow):
            raise ValueError(
                "NOTION_MCP_URL is a private address;"
                " set NOTION_MCP_ALLOW_PRIVATE_ADDRESSES=1 if that is meant"
            )

    def _check_client(self) -> None:
        method = self.notion_mcp_token_auth_method
        if self.notion_mcp_client_secret is not None and self.notion_mcp_client_id is None:
            raise ValueError("NOTION_MCP_CLIENT_SECRET needs NOTION_MCP_CLIENT_ID")
        if self.notion_mcp_client_id is None:
            return
        if self.notion_mcp_client_secret is None and method not in (None, "none"):
            raise ValueError(
                f"NOTION_MCP_TOKEN_AUTH_METHOD={method} needs NOTION_MCP_CLIENT_SECRET"
            )
        if self.notion_mcp_client_secret is not None and method == "none":
            raise ValueError("NOTION_MCP_TOKEN_AUTH_METHOD=none leaves the client secret unused")

    @property
    def return_base_url(self) -> str:
        return self.notion_mcp_return_base_url or self.public_url

    @property
    def public_url(self) -> str:
        """Without a path or a slash at the end; the issuer of this gateway's own OAuth server."""
        parts = urlsplit(self.gateway_public_url or self.notion_mcp_oauth_redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def audience(self) -> str:
        return self.gateway_audience or self.public_url

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.sqlite_file}"

    @property
    def sqlite_file(self) -> Path:
        """Used where DATABASE_URL names no other database."""
        return self.gateway_data_dir / "gateway.sqlite3"

    @property
    def key_file(self) -> Path:
        return self.gateway_data_dir / "encryption.key"

    @property
    def is_embedded(self) -> bool:
        """SQLite: the gateway makes what it needs, down to the key."""
        return self.sqlalchemy_url.startswith("sqlite")


class GivenSettings(Settings):
    """What the code gives, and the defaults: neither environment nor ``.env`` file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings() -> Settings:
    """Raises ConfigurationError with one line for each fault, naming variables, never values."""
    try:
        return Settings()
    except ValidationError as invalid:
        lines: list[str] = []
        for fault in invalid.errors(include_url=False, include_input=False, include_context=False):
            name = ".".join(str(part) for part in fault["loc"]).upper()
            message = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {message}" if name else message)
        raise ConfigurationError("\n".join(lines)) from None


def require_loopback(settings: Settings, host: str) -> None:
    """Raises ConfigurationError where belief without proof would be open to a network."""
    for name in ("gateway_trust_headers", "gateway_local_sign_in"):
        if getattr(settings, name) and not is_loopback_name(host):
            raise ConfigurationError(
                f"{name.upper()}=1 believes whoever calls, so it binds to loopback only, not to"
                f" {host}. Unset it, or use --host 127.0.0.1."
            )


def _require_web_address(value: str, name: str) -> None:
    """https, or http for loopback: anything else shows tokens or codes to the network."""
    name = name.upper()
    parts = urlsplit(value)
    try:
        origin_of(value)
    except ValueError:
        raise ValueError(f"{name} is not an http or https address") from None
    if parts.scheme not in ("http", "https") or parts.fragment:
        raise ValueError(f"{name} is not an http or https address without a fragment")
    if parts.scheme == "http" and not is_loopback_name(parts.hostname or ""):
        raise ValueError(f"{name} must use https; plain http is for loopback addresses only")
