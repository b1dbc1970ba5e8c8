"""Whether the database takes what is to be stored: with a full disk, and on a server that may only
be read, it answers every question as ever.
"""

import asyncio
import os
from pathlib import Path
from typing import Final, final

import sqlalchemy as sa

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema.events import changes

_LOOK_AGAIN_SECONDS = 10.0
_LEAST_ROOM_BYTES: Final = 1024 * 1024
"""SQLite writes into room that its files have already, so that on a full disk small writes may
still succeed for a while, until one does not.
"""
_TOPIC: Final = "written"
"""No reader of the change feed knows it, in this version and before: the row is passed over, and
deleted with the others.
"""
_ROW = sa.insert(changes).values(topic=_TOPIC, space_id="", version=0, at=database_now())


@final
class WriteCheck:
    """Writes a row, at most every ``look_again_seconds`` while that succeeds. Of a SQLite file,
    looks for room on its disk too.
    """

    def __init__(
        self, database: Database, *, look_again_seconds: float = _LOOK_AGAIN_SECONDS
    ) -> None:
        self._database = database
        self._look_again_seconds = look_again_seconds
        self._turn = asyncio.Lock()
        self._good_until = 0.0
        self._folder = database.folder

    async def __call__(self) -> None:
        """Raises StoreUnavailable."""
        if self._folder is not None:
            require_room(self._folder)
        async with self._turn:
            if steady_seconds() < self._good_until:
                return
            async with self._database.autocommit() as connection:
                await connection.execute(_ROW)
            self._good_until = steady_seconds() + self._look_again_seconds


def require_room(folder: Path, least_bytes: int = _LEAST_ROOM_BYTES) -> None:
    """Raises StoreUnavailable where the disk under the folder has less room than that."""
    try:
        disk = os.statvfs(folder)
    except OSError as fault:
        raise StoreUnavailable(
            f"The folder of the gateway's database cannot be looked at: {fault.strerror}."
        ) from None
    if disk.f_bavail * disk.f_frsize < least_bytes:
        raise StoreUnavailable(
            "The disk of the gateway's database is full: free some room on it. Until then no token"
            " is renewed, and nothing is lost; it goes on by itself."
        )
