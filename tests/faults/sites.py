"""Gateways that are backed up, lost with their machine, and restored: on SQLite and PostgreSQL."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from notion_gateway.vault.keyring import generate_key
from tests.cli.processes import Cli, Ran
from tests.support.databases import PostgresServer
from tests.support.gateway import Caller, calling
from tests.support.notion import Notion
from tests.support.processes import Running, gateway_process

_FORGET: Final = "DELETE FROM events WHERE stream = 'database/restores'"


class Site(ABC):
    """A gateway's folder and database, and the commands that work on them."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.dump = folder.parent / "backup"
        self._variables = variables
        folder.mkdir(exist_ok=True)

    async def run(self, *arguments: str) -> Ran:
        cli = Cli(self.folder, {"GATEWAY_DATA_DIR": str(self.data), **self._variables})
        return await asyncio.to_thread(cli, *arguments)

    @asynccontextmanager
    async def serving(self, notion: Notion) -> AsyncGenerator[tuple[Running, Caller]]:
        log = self.folder / "gateway.log"
        async with (
            gateway_process(self.data, notion.url, log, **self._variables) as running,
            calling(running.url) as caller,
        ):
            yield running, caller

    @abstractmethod
    async def back_up(self) -> None:
        """Into ``dump``, while gateways work."""

    @abstractmethod
    async def restore(self, which: str) -> None:
        """From ``dump``, while none does; ``which``: the option that says what became of the
        original.
        """

    @abstractmethod
    async def forget_restore(self) -> int:
        """As if nobody had said that the database was restored. How many notes of it there were."""

    async def _done(self, *arguments: str) -> None:
        ran = await self.run(*arguments)
        assert ran.code == 0, ran.err


class SqliteSite(Site):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {})

    async def back_up(self) -> None:
        await self._done("backup", str(self.dump))

    async def restore(self, which: str) -> None:
        await self._done("restore", str(self.dump), which)

    async def forget_restore(self) -> int:
        with sqlite3.connect(self.data / "gateway.sqlite3") as database:
            gone = database.execute(_FORGET).rowcount
        database.close()
        return gone


class PostgresSite(Site):
    """By the commands of ``docs/backup.md``."""

    def __init__(self, folder: Path, server: PostgresServer, database: str) -> None:
        self._server = server
        self._database = database
        keys = {"DATABASE_URL": server.url(database), "TOKEN_ENCRYPTION_KEYS": generate_key()}
        super().__init__(folder, keys)

    async def back_up(self) -> None:
        await self._client("pg_dump", "-Fc", "-d", self._database, "-f", str(self.dump))

    async def restore(self, which: str) -> None:
        aside = f"{self._database}_before"
        rename = f"ALTER DATABASE {self._database} RENAME TO {aside}"
        await self._client("psql", "-d", "postgres", "-c", rename)
        await self._client("createdb", self._database)
        await self._client("pg_restore", "--exit-on-error", "-d", self._database, str(self.dump))
        await self._done("restored", which)

    async def forget_restore(self) -> int:
        done = await self._client("psql", "-d", self._database, "-c", _FORGET)
        return int(done.removeprefix("DELETE "))

    async def _client(self, program: str, *arguments: str) -> str:
        return await asyncio.to_thread(self._server.client, program, *arguments)
