"""Settings about what is stored: the data folder, the database, Redis and the keys."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr

from notion_gateway.settings.group import SettingsGroup


class StorageSettings(SettingsGroup):
    """Where events, sealed tokens and keys lie."""

    gateway_data_dir: Path = Field(
        default_factory=lambda: user_data_path("notion-mcp-gateway"),
        description="Where the SQLite file and the key file lie.",
        json_schema_extra={"default": "a folder of the user's data directory"},
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL. Default: SQLite in the data folder.",
        repr=False,  # a password may stand in it
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis for consents under way. Default: they are kept in the database.",
    )
    token_encryption_keys: SecretStr | None = Field(
        default=None,
        description="id:base64 pairs, newest first. Default: a key file in the data folder.",
    )

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
