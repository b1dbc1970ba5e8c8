"""A copy of a SQLite database while gateways go on working, and the way back."""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from notion_gateway.operations.restored import Original, settle
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.opening import database_url, open_database, reach

_SIDE_FILES: Final = ("", "-wal", "-shm")
_LOCKED_FROM, _LOCKED_BYTES = 0x40000002, 510
"""Where a process that has a SQLite database open holds a lock
(https://www.sqlite.org/src/file/src/os.h, SHARED_FIRST and SHARED_SIZE)."""


class BackupFault(Exception):
    """A backup could not be made or restored; the message says what to do."""


class DatabaseInUse(BackupFault):
    """A gateway has the database open: stop every gateway on it, then restore."""


def back_up(settings: Settings, target: Path) -> None:
    """Makes ``target``, which only its owner may read, and which is there whole or not at all.

    Gateways go on writing: the copy is of one moment. Raises BackupFault and ConfigurationError.
    """
    source = sqlite_database(settings)
    if not source.is_file():
        raise BackupFault(f"There is no database {source} yet.")
    with _new_file(target) as part:
        _copy(source, part)
        _require_whole(part)


async def restore(settings: Settings, file: Path, original: Original) -> Path | None:
    """Puts what was backed up in the database's place, brought to this version and settled.

    Returns where the database is now that was there before, with its side files; None where there
    was none. Raises BackupFault, DatabaseInUse, ConfigurationError, and StoreUnfit where a newer
    version made the backup.
    """
    target = sqlite_database(settings)
    _require_places(file, target)
    with _kept_from_gateways(target), _temporary(target) as part:
        _copy(file, part)
        _require_whole(part)
        await _settled(part, original)
        _sync(part)
        aside = _put_aside(target)
        part.replace(target)
        _sync(target.parent)
    return aside


def _require_places(file: Path, target: Path) -> None:
    if not file.is_file():
        raise BackupFault(f"There is no backup {file}.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@asynccontextmanager
async def open_restored(settings: Settings) -> AsyncGenerator[Database]:
    """A database that was restored by other means, brought to this version. Raises StoreUnavailable
    and ConfigurationError.
    """
    async with open_database(settings) as database:
        await reach(database)
        await database.migrate()
        yield database


def sqlite_database(settings: Settings) -> Path:
    """Raises ConfigurationError where it is no file."""
    name = database_url(settings).database
    if not settings.is_embedded or not name or name == ":memory:":
        raise ConfigurationError(
            "DATABASE_URL names no SQLite file. A server's own tools back it up and restore it:"
            " docs/backup.md says how, and what `notion-gateway restored` is for."
        )
    return Path(name)


async def _settled(file: Path, original: Original) -> None:
    database = Database(f"sqlite+aiosqlite:///{quote(str(file))}")
    try:
        await database.migrate()
        await settle(database, original)
    finally:
        await database.close()
    if any(_beside(file, end).exists() for end in _SIDE_FILES[1:]):
        raise BackupFault(f"{file} is open elsewhere: nothing was restored.")


def _copy(source: Path, target: Path) -> None:
    """SQLite's own way, in one step: writers are not kept waiting, and nothing is missing that lies
    in a side file.
    """
    address = f"file:{quote(str(source))}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(address, uri=True)) as whole,
            closing(sqlite3.connect(target)) as copy,
        ):
            whole.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as fault:
        raise BackupFault(f"{source} cannot be copied: {fault}.") from None


def _require_whole(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as copy:
            (found,) = copy.execute("PRAGMA integrity_check").fetchone()
            is_ours = copy.execute("SELECT version_num FROM alembic_version").fetchone() is not None
    except sqlite3.Error as fault:
        raise BackupFault(f"It is no whole database of a gateway: {fault}.") from None
    if found != "ok" or not is_ours:
        raise BackupFault(f"It is no whole database of a gateway: {found}.")


@contextmanager
def _temporary(target: Path) -> Generator[Path]:
    """A file beside it that only its owner may read; gone at the end, under this name."""
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for end in (*_SIDE_FILES, "-journal"):
            _beside(Path(name), end).unlink(missing_ok=True)


@contextmanager
def _new_file(target: Path) -> Generator[Path]:
    """What the block makes of the file that it is given gets the name ``target``, if it ends well.

    Raises BackupFault where there is such a file, or none can be made.
    """
    taken = BackupFault(f"{target} is there already, and stays as it is: choose another name.")
    if target.exists():
        raise taken
    try:
        with _temporary(target) as part:
            yield part
            _sync(part)
            try:
                target.hardlink_to(part)  # which replaces nothing
            except FileExistsError:
                raise taken from None
            _sync(target.parent)
    except OSError as fault:
        raise BackupFault(f"{target} cannot be written: {fault.strerror}.") from None


@contextmanager
def _kept_from_gateways(database: Path) -> Generator[None]:
    """Raises DatabaseInUse. A gateway that starts meanwhile waits. Asks the file system, for the
    database may be damaged.
    """
    if not database.exists():
        yield
        return
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _LOCKED_FROM)
        except OSError:
            raise DatabaseInUse(str(DatabaseInUse.__doc__)) from None
        yield


def _put_aside(database: Path) -> Path | None:
    if not database.exists():
        return None
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = database.with_name(f"{database.name}.before-{now}")
    for end in _SIDE_FILES:
        if _beside(database, end).exists():
            _beside(database, end).rename(_beside(aside, end))
    return aside


def _beside(file: Path, end: str) -> Path:
    return file.with_name(file.name + end)


def _sync(path: Path) -> None:
    """A file, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
