"""The stores that the settings name: opened, or refused in plain words."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from notion_gateway.kernel.background import Check
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.change_feed import ChangeFeed
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import DatabaseClock
from notion_gateway.storage.expired_rows import ExpiredRows
from notion_gateway.storage.one_use_records import OneUseRecords, SqlOneUseRecords
from notion_gateway.storage.postgresql_options import split_options
from notion_gateway.storage.write_check import WriteCheck

_SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_LAST_WORDS_SECONDS = 0.1

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Storage:
    """``clock`` is the database's. ``checks`` answer for readiness, by name."""

    database: Database
    clock: DatabaseClock
    feed: ChangeFeed
    one_use: OneUseRecords
    expired: ExpiredRows
    checks: Mapping[str, Check]


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncGenerator[Storage]:
    """Brings the database to this version first. Raises ConfigurationError, StoreUnavailable, and
    StoreUnfit where it cannot, or is not to.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        await _bring_up(database, settings)
        clock = DatabaseClock(database)
        await clock.look()
        checks: dict[str, Check] = {
            "database": database.ping,
            "migrations": database.require_migrated,
            "writes": WriteCheck(database),
        }
        one_use: OneUseRecords = SqlOneUseRecords(database)
        if (url := redis_url(settings)) is not None:
            from notion_gateway.storage.redis_records import RedisOneUseRecords

            one_use = RedisOneUseRecords.at(url, clock)
            stack.push_async_callback(one_use.close)
            checks["redis"] = one_use.ping
        yield Storage(
            database, clock, ChangeFeed(database), one_use, ExpiredRows(database, clock), checks
        )


def database_url(settings: Settings) -> URL:
    """Raises ConfigurationError, which never quotes it: a password may stand in it."""
    try:
        url = make_url(settings.sqlalchemy_url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("DATABASE_URL is not an address of a database.") from None
    if url.drivername not in _SCHEMES:
        raise ConfigurationError(f"DATABASE_URL must begin with {' or '.join(_SCHEMES)}, then ://")
    if not settings.is_embedded:
        split_options(url)
    elif settings.database_url is not None and (url.database or "").startswith("~"):
        return url.set(database=str(Path(url.database or "").expanduser()))
    return url


def redis_url(settings: Settings) -> str | None:
    """None where there is no Redis. Raises ConfigurationError, which never quotes it."""
    if settings.redis_url is None:
        return None
    url = settings.redis_url.get_secret_value()
    try:
        parts = urlsplit(url)
        sound = parts.scheme in _REDIS_SCHEMES and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ConfigurationError("REDIS_URL must look like redis://host:6379/0, or rediss://…")
    return url


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """As it is, whatever its tables, for the length of the block. Raises ConfigurationError."""
    database = Database(database_url(settings))
    try:
        yield database
    finally:
        await database.close()


async def reach(database: Database) -> None:
    """Raises StoreUnavailable."""
    try:
        await database.ping()
    except TypeError:  # the driver is given the URL's query as arguments
        raise StoreUnavailable(
            "DATABASE_URL has an option after the ? that the driver does not know. A ? in a file's"
            " name is written %3F."
        ) from None


async def require_fit(settings: Settings) -> None:
    """Before anything is served. Raises as ``open_storage``."""
    _require_file(settings)
    await _on_database(settings, lambda database: _bring_up(database, settings))


async def migrate(settings: Settings) -> str | None:
    """Brings the database to this version, whatever GATEWAY_MIGRATE says. Returns the revision
    that it was of, None for one without tables. Raises as ``open_storage``.
    """
    _require_file(settings)
    return await _on_database(settings, lambda database: database.migrate())


async def _bring_up(database: Database, settings: Settings) -> None:
    if settings.gateway_migrate:
        await database.migrate()
    else:
        await database.require_migrated()


async def _on_database(settings: Settings, work: Callable[[Database], Awaitable[_T]]) -> _T:
    async with open_database(settings) as database:
        try:
            await reach(database)
            return await work(database)
        except StoreUnavailable:
            # aiosqlite's thread speaks to this loop once more, and fails where it is closed.
            await asyncio.sleep(_LAST_WORDS_SECONDS)
            raise


def _require_file(settings: Settings) -> None:
    """SQLite only says that it cannot open a file; here it is said why."""
    url = database_url(settings)
    if not settings.is_embedded or not url.database:
        return
    file = Path(url.database)
    if not file.parent.is_dir():
        raise ConfigurationError(f"DATABASE_URL: there is no folder {file.parent}")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise ConfigurationError(f"The database {file} cannot be written to.")
