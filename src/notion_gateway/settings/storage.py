"""Settings about what is stored: the data folder, the database, Redis and the keys."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote

from platformdirs import user_data_path
from pydantic import Field, SecretStr, model_validator

from notion_gateway.settings.errors import ConfigurationError
from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.persons_path import PersonsPath

_CENTURY_DAYS = 36_500
_WITHOUT_HOME = Path("no home directory")


def _default_data_dir() -> Path:
    try:
        return user_data_path("notion-mcp-gateway")
    except RuntimeError:  # a user without a home directory
        return _WITHOUT_HOME


class StorageSettings(SettingsGroup):
    """Where events, sealed tokens and keys lie, and how long what has ended is kept."""

    gateway_data_dir: PersonsPath = Field(
        default_factory=_default_data_dir,
        description="Where the SQLite file and the key file lie.",
        json_schema_extra={"default": "a folder of the user's data directory"},
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL. Default: SQLite in the data folder.",
        repr=False,  # a password may stand in it
    )
    gateway_migrate: bool = Field(
        default=True,
        description="Bring the database's tables to this version at the start. 0: a start refuses"
        " older ones, and `notion-gateway migrate` does it.",
    )
    gateway_keep_renewals_days: Annotated[int, Field(ge=0, le=_CENTURY_DAYS)] = Field(
        default=90,
        description="Days after which the events of a renewal are deleted, where later ones have"
        " made them superfluous; 0 keeps them for ever.",
    )
    gateway_keep_ended_tokens_days: Annotated[int, Field(ge=0, le=_CENTURY_DAYS)] = Field(
        default=365,
        description="Days for which a gateway token, and an MCP client's login, stay on record"
        " after their end; 0 keeps them for ever. Logins stay 365 days at least.",
    )
    gateway_keep_conversations_days: Annotated[int, Field(ge=0, le=_CENTURY_DAYS)] = Field(
        default=365,
        description="Days after its last message that a conversation of the chat [is"
        " deleted](conversations.md). 0: none are kept here, and they stay in the browser.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis for consents under way. Default: they are kept in the database.",
    )
    token_encryption_keys: SecretStr | None = Field(
        default=None,
        description="id:base64 pairs, or id:service:…, newest first. Default: a key file in the"
        " data folder.",
    )

    @model_validator(mode="after")
    def _check_data_dir(self) -> Self:
        if self.is_embedded and not (self.database_url and self.token_encryption_keys):
            try:
                self.require_data_dir()
            except ConfigurationError as fault:
                raise ValueError(str(fault)) from None
        return self

    def require_data_dir(self) -> None:
        """Raises ConfigurationError where there is no folder to take."""
        if self.gateway_data_dir == _WITHOUT_HOME:
            raise ConfigurationError(
                "GATEWAY_DATA_DIR is needed: this user has no home directory. Name a folder that"
                " is kept, or set DATABASE_URL and TOKEN_ENCRYPTION_KEYS."
            )

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{quote(str(self.sqlite_file))}"

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
