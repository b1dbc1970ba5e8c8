"""Databases as the migrations leave them: made once, then copied.

Most tests begin with one, and migrations take longer than many of them.
"""

import asyncio
import functools
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from notion_gateway.storage.database import Database
from notion_gateway.storage.migrating import upgrade
from tests.support.databases import PostgresServer, new_database


def put_migrated_database(file: Path) -> None:
    """Where there is none yet, or an empty one; only its owner may read it."""
    if file.exists() and file.stat().st_size > 0:
        return
    file.touch(mode=0o600)
    file.write_bytes(_migrated())


_templates: dict[int, str] = {}


async def new_migrated_database(server: PostgresServer) -> str:
    """Its name."""
    if server.pid not in _templates:
        name = await new_database(server)
        await _migrate(server.url(name))
        _templates[server.pid] = name
    return await new_database(server, _templates[server.pid])


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(1) as thread:
        file = Path(name) / "database.sqlite3"
        thread.submit(asyncio.run, _migrate(f"sqlite+aiosqlite:///{file}")).result()
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return file.read_bytes()


async def _migrate(url: str) -> None:
    """Migration by migration, as a database that is older than this version: new ones are made at
    once, which real processes do that start in an empty folder.
    """
    database = Database(url)
    async with database.writing() as connection:
        await connection.run_sync(upgrade)
    await database.close()
