"""The database that the settings name: opened and migrated, or refused in plain words."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from notion_gateway.adapters.database import Database
from notion_gateway.config import ConfigurationError, Settings

_SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")


def database_url(settings: Settings) -> URL:
    """Raises ConfigurationError, which never quotes it: a password may stand in it."""
    try:
        url = make_url(settings.sqlalchemy_url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("DATABASE_URL is not an address of a database.") from None
    if url.drivername not in _SCHEMES:
        raise ConfigurationError(f"DATABASE_URL must begin with {' or '.join(_SCHEMES)}, then ://")
    return url


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """As it is, whatever its schema, to be closed with the block. Raises ConfigurationError."""
    database_url(settings)
    database = Database(settings.sqlalchemy_url)
    try:
        yield database
    finally:
        await database.close()


async def migrate(settings: Settings) -> None:
    """Before anything is served. Raises ConfigurationError or StoreUnavailable."""
    async with open_database(settings) as database:
        try:
            await database.migrate()
        except TypeError:  # the driver takes the URL's query for arguments
            raise ConfigurationError(
                "DATABASE_URL: an option after the ? is none of the driver's. For TLS,"
                " asyncpg wants ssl=require rather than sslmode=require."
            ) from None
